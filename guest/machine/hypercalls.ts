// The hypercalls of Solo5, typed.
import type { Machine, MachineSha1 } from '#abi';
import { type BlockCalls, createBlockCalls } from './block-calls.ts';
import { createSharedHeap, type SharedHeap } from './shared-heap.ts';

export { Result } from '#abi';

/** All that a guest can ask of its machine. */
export interface Hypercalls extends SharedHeap, BlockCalls {
  /** The guest's arguments, one by one: a space inside one survives. */
  commandLine(): readonly string[];
  /** Writes text (as UTF-8) or bytes to the console, all of it, or the guest ends. */
  consoleWrite(data: string | Uint8Array): void;
  /** Writes one line to the tender's stderr, for people: the console is for data. */
  log(message: string): void;
  /** Nanoseconds from an unspecified start. */
  clockMonotonic(): bigint;
  /** Nanoseconds since 1970, UTC. */
  clockWall(): bigint;
  /** Sleeps until the monotonic clock is there: Solo5's yield, for a guest without network devices. */
  sleepUntil(deadline: bigint): void;
  /** Names a moment for the tender's `--timing`. */
  markPhase(phase: 'mount'): void;
  /** The host's SHA-1, where it has one. Not one of Solo5's hypercalls. */
  hostSha1(): MachineSha1 | undefined;
  /** Ends the guest; `status & 0xff` reaches the shell. */
  exit(status: number): never;
  /** Ends the guest with status 255. */
  abort(): never;
}

/** A guest has the encoder, though no library of types says so. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };

/** The hypercalls of a machine: once for each machine, whose shared memory they give out. */
export function createHypercalls(machine: Machine): Hypercalls {
  const encoder = new TextEncoder();
  const heap = createSharedHeap(machine);
  return {
    ...heap,
    ...createBlockCalls(machine, heap),
    commandLine: () => machine.arguments,
    consoleWrite(data) {
      machine.consoleWrite(typeof data === 'string' ? encoder.encode(data) : data);
    },
    log: (message) => machine.log(message),
    clockMonotonic: () => machine.clockMonotonic(),
    clockWall: () => machine.clockWall(),
    sleepUntil(deadline) {
      machine.wait([], deadline);
    },
    markPhase: (phase) => machine.mark(phase),
    hostSha1: () => machine.sha1,
    exit: (status) => machine.exit(status),
    abort: () => machine.abort(),
  };
}
