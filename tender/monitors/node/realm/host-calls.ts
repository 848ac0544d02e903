import type { DeviceType, MachineQueue } from '#abi';

/** A decoder of the host: the guest's side only keeps it, and hands it back. */
export interface HostDecoder {
  readonly encoding: string;
}

/** A running hash of the host: opaque as well. */
type HostHash = Uint8Array;

/** SHA-1 of the host; `undefined` and `false` where an argument is not an array of bytes. */
export interface HostSha1 {
  start(): HostHash;
  update(hash: HostHash, piece: Uint8Array): boolean;
  finish(hash: HostHash, digest: Uint8Array): void;
  /** Of a message in two pieces, without a hash of its own. */
  ofBoth(head: Uint8Array, tail: Uint8Array, digest: Uint8Array): boolean;
}

/**
 * What the realm of a guest can ask of the host's realm. Only primitive values and arrays of bytes go
 * in, only primitive values and opaque objects come out. No call throws but for want of stack, and then
 * the guest's side drops what was thrown: an error of the host's realm would lead a guest there.
 * A `string` that is returned says what is wrong.
 */
export interface HostCalls {
  notify(queue: number): string | undefined;
  /** Puts a queue, and what was seen of its used index, at place `at` of those to wait for. */
  watch(at: number, queue: number, seen: number): string | undefined;
  /** Waits for one of the first `count` queues watched; false where the deadline came first. */
  wait(count: number, deadline: bigint | undefined): string | boolean;
  writeConsole(bytes: Uint8Array): string | undefined;
  log(line: string): void;
  mark(phase: string): void;
  clockMonotonic(): bigint;
  clockWall(): bigint;
  /** Never returns. */
  exit(status: number): void;
  readonly sha1: HostSha1 | undefined;
  /** Bytes of a text in UTF-8. */
  utf8Length(text: string): number;
  /** Code units that were taken; undefined where `into` is not an array of bytes. */
  encodeInto(text: string, into: Uint8Array): number | undefined;
  /** Bytes that the last `encodeInto` wrote. */
  encoded(): number;
  /** Undefined where there is no such encoding. */
  createDecoder(label: string, fatal: boolean, ignoreBom: boolean): HostDecoder | undefined;
  /** Undefined where the bytes are no text (and the decoder is strict), or too many. */
  decode(decoder: HostDecoder, bytes: unknown, stream: boolean): string | undefined;
}

/** What a machine is made of; goes from realm to realm as JSON. */
export interface MachineDescription {
  readonly arguments: readonly string[];
  readonly heap: { readonly start: number; readonly size: number };
  readonly devices: readonly {
    readonly name: string;
    readonly type: DeviceType;
    readonly queues: readonly MachineQueue[];
    readonly features: number;
    readonly config: readonly number[];
  }[];
}

/** What the host keeps of a realm before the guest's script runs there. */
export interface GuestRealm {
  /** Makes the one value that a guest gets. */
  createMachine(description: string, memory: ArrayBuffer): unknown;
  /** One line about something that the guest threw. */
  describeThrown(thrown: unknown): string;
  /** Node's hooks that are called with a guest's objects, in functions of the guest's own realm. */
  readonly hooks: {
    /** For every `import()`. */
    importModule(): Promise<never>;
    /** Makes the `stack` of every error. */
    prepareStackTrace(global: unknown, error: unknown, sites: readonly CallSite[]): string;
  };
}

/** What V8 tells of a frame. */
export interface CallSite {
  getScriptNameOrSourceURL(): string | null | undefined;
  toString(): string;
}
