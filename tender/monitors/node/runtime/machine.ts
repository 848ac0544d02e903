import { EXIT_ABORT, type Machine, type MachineSha1, QUEUE_STRIDE, queueLayout } from '#abi';
import { VirtqueueError } from '../../../virtio/device-queue.ts';
import type { BootConfig } from '../boot.ts';
import { ChannelClosed, sendEvent } from './channel.ts';
import { ConsoleClosed, ConsoleFailed, writeConsole } from './console.ts';
import type { Doorbell } from './doorbell.ts';

/** What a machine is made of. */
export interface MachineParts {
  readonly config: BootConfig;
  readonly memory: ArrayBuffer;
  readonly doorbell: Doorbell;
  /** Nanoseconds. */
  readonly monotonic: () => bigint;
  /** Reports a phase, where phases are wanted. */
  readonly mark: (phase: string) => void;
  /** Bytes of the guest's heap and buffers, where phases are wanted. */
  readonly measureMemory: (() => number) | undefined;
  /** Where the guest is offered the host's SHA-1. */
  readonly sha1: MachineSha1 | undefined;
  /** Ends the process. */
  readonly leave: (status: number) => never;
  /** Ends the guest for something thrown. */
  readonly endFor: (thrown: unknown) => never;
}

/** Characters of one line that a guest says. */
const MAX_LINE = 4000;
const NS_PER_MS = 1_000_000n;
/** As far may the two clocks drift apart before the wall clock is read anew. */
const MAX_DRIFT = 2n * NS_PER_MS;

/** Wall time in nanoseconds: the monotonic clock's steps, on the wall clock's base. */
function createWallClock(monotonic: () => bigint): () => bigint {
  const { now } = Date;
  const read = () => BigInt(now()) * NS_PER_MS;
  let base = read() - monotonic();
  return () => {
    const wall = read();
    const guess = base + monotonic();
    const drift = guess - wall;
    if (drift <= MAX_DRIFT && drift >= -MAX_DRIFT) return guess;
    base += wall - guess;
    return wall;
  };
}

/** What a guest may not go on after, even if it catches it. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof ConsoleClosed ||
    error instanceof ConsoleFailed ||
    error instanceof VirtqueueError ||
    error instanceof ChannelClosed
  );
}

/** Makes the one value that the guest gets. */
export function createMachine(parts: MachineParts): Machine {
  const { config, memory, doorbell, monotonic, mark, measureMemory, sha1, leave, endFor } = parts;
  const heapStart = config.devices.length * QUEUE_STRIDE;
  let firstByte = true;

  function guarded<A extends unknown[]>(call: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        call(...args);
      } catch (error) {
        if (isFinal(error)) endFor(error);
        throw error;
      }
    };
  }

  /** The tender need not wait until the kernel has taken the whole process apart. */
  function sayAndLeave(status: number): never {
    guarded(sendEvent)({ event: 'exit', status, memory: measureMemory?.() });
    doorbell.hail();
    return leave(status);
  }

  return {
    arguments: config.arguments,
    memory,
    heap: { start: heapStart, size: config.memorySize - heapStart },
    devices: config.devices.map(({ name, features, config: space }, index) => ({
      name,
      type: 'BLOCK_BASIC',
      queue: queueLayout(index * QUEUE_STRIDE),
      features,
      config: Uint8Array.from(space),
    })),
    notify: guarded(doorbell.notify),
    wait: guarded(doorbell.wait),
    consoleWrite: guarded((bytes: Uint8Array) => {
      if (firstByte) {
        firstByte = false;
        mark('firstByte');
      }
      writeConsole(bytes);
    }),
    log: guarded((message: string) =>
      sendEvent({ event: 'log', message: `${message}`.slice(0, MAX_LINE) }),
    ),
    clockMonotonic: () => monotonic(),
    clockWall: createWallClock(monotonic),
    mark,
    sha1,
    exit: (status) => sayAndLeave(status & 0xff),
    abort: () => sayAndLeave(EXIT_ABORT),
  };
}
