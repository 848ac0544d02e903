import type { DeviceType } from './manifest.ts';
import type { QueueLayout } from './virtio/queue.ts';

/** A queue of a device. */
export interface MachineQueue extends QueueLayout {
  /** Names it among all queues of the machine. */
  readonly id: number;
}

/** A queue that a guest waits for. */
export interface WaitedQueue {
  /** See {@link MachineQueue.id}. */
  readonly id: number;
  /** Its used index when the guest last looked. */
  readonly seen: number;
}

/** One device as the guest finds it. */
export interface MachineDevice {
  readonly name: string;
  readonly type: DeviceType;
  /** In the order that the device's kind gives them; a block device has one. */
  readonly queues: readonly MachineQueue[];
  /** Feature bits; of a block device, see `BlockFeature`. */
  readonly features: number;
  /** The device's configuration space; of a block device, see `decodeBlockConfig`. */
  readonly config: Uint8Array;
}

/** SHA-1 by the host's own code, which may use instructions of the processor that a guest has not. */
export interface MachineSha1 {
  /** Starts a message that comes in any number of pieces. */
  (): MachineHash;
  /** The 20 bytes of a message in two pieces, in a new array. */
  readonly ofBoth: (head: Uint8Array, tail: Uint8Array) => Uint8Array;
}

/** One running SHA-1. */
export interface MachineHash {
  update(piece: Uint8Array): void;
  /** The 20 bytes, in a new array; the hash is over then. */
  digest(): Uint8Array;
}

/**
 * All that a guest can reach: the one value that the runtime hands to the guest's script, under the
 * name {@link MACHINE_NAME}. Every call is synchronous.
 */
export interface Machine {
  /** The guest's own arguments, one by one. */
  readonly arguments: readonly string[];
  /** Memory that guest and devices share; "addresses" are byte offsets in it. */
  readonly memory: ArrayBuffer;
  /** The part of `memory` that the guest's drivers use as they like; the queues lie outside. */
  readonly heap: { readonly start: number; readonly size: number };
  readonly devices: readonly MachineDevice[];
  /** Rings the doorbell of a queue: its available ring has new entries. */
  notify(queue: number): void;
  /**
   * Sleeps until one of the queues has a used index that differs from what was seen, or until the
   * deadline, by the monotonic clock, if there is one.
   * @returns false where the deadline came first
   */
  wait(queues: readonly WaitedQueue[], deadline?: bigint): boolean;
  /** Writes to the console, all of it, or the guest ends: nothing is lost unnoticed. */
  consoleWrite(bytes: Uint8Array): void;
  /** Writes one line to the tender's stderr, for people: the console is for data. */
  log(message: string): void;
  /** Nanoseconds from an unspecified start. */
  clockMonotonic(): bigint;
  /** Nanoseconds since 1970, UTC. */
  clockWall(): bigint;
  /** Marks a moment for `--timing`; costs next to nothing where that is off. */
  mark(phase: string): void;
  /** The host's SHA-1, for a guest that hashes much; a host may have none. */
  readonly sha1: MachineSha1 | undefined;
  exit(status: number): never;
  /** Ends with status 255. */
  abort(): never;
}

/** The name of the parameter through which the guest's script sees its {@link Machine}. */
const MACHINE_NAME = 'solo5machine';

/** The expression that is compiled for a guest's script: a function of its machine. */
export function guestFunction(script: string): string {
  return `(function (${MACHINE_NAME}) {${script}\n})`;
}
