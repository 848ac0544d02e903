import type { WaitedQueue } from '#abi';
import { VirtqueueError } from '../../../virtio/device-queue.ts';
import type { HostCalls, HostDecoder, HostSha1 } from '../realm/host-calls.ts';
import { ChannelClosed, sendEvent } from './channel.ts';
import { ConsoleClosed, ConsoleFailed, writeConsole } from './console.ts';
import type { Doorbell } from './doorbell.ts';
import { isBytes, viewOf } from './view-of.ts';

/** What the host's calls are made of. */
export interface HostParts {
  /** Nanoseconds. */
  readonly monotonic: () => bigint;
  /** Reports a phase, where phases are wanted. */
  readonly mark: (phase: string) => void;
  /** Bytes of the guest's heap and buffers, where phases are wanted. */
  readonly measureMemory: (() => number) | undefined;
  /** Where the guest is offered the host's SHA-1. */
  readonly sha1: HostSha1 | undefined;
  /** Ends the process. */
  readonly leave: (status: number) => never;
  /** Ends the guest for something thrown. */
  readonly endFor: (thrown: unknown) => never;
}

/** More queues than a machine has. */
const MAX_WATCHED = 1024;
const NS_PER_MS = 1_000_000n;
/** The wall clock is read again once the two clocks differ by more than this. */
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

/** Whether a guest must end for an error, even if it would catch it. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof ConsoleClosed ||
    error instanceof ConsoleFailed ||
    error instanceof VirtqueueError ||
    error instanceof ChannelClosed
  );
}

type Codecs = Pick<HostCalls, 'utf8Length' | 'encodeInto' | 'encoded' | 'createDecoder' | 'decode'>;

/** The text codecs of Node, bound before there is a guest. */
function createCodecs(): Codecs {
  const { byteLength } = Buffer;
  const encoder = new TextEncoder();
  const Decoder = TextDecoder;
  // Anything that Node makes on first use is made now.
  new Decoder('utf-8', { fatal: true }).decode(new Uint8Array(1));
  let written = 0;
  return {
    utf8Length: (text) => byteLength(text),
    encodeInto(text, into) {
      const view = isBytes(into) ? viewOf(into) : undefined;
      if (view === undefined) return undefined;
      const result = encoder.encodeInto(text, view);
      written = result.written;
      return result.read;
    },
    encoded: () => written,
    createDecoder(label, fatal, ignoreBOM) {
      try {
        return new Decoder(label, { fatal, ignoreBOM });
      } catch {
        return undefined;
      }
    },
    decode(decoder: HostDecoder, bytes, stream) {
      const view = bytes === undefined ? new Uint8Array(0) : viewOf(bytes);
      if (view === undefined) return undefined;
      try {
        return (decoder as InstanceType<typeof TextDecoder>).decode(view, { stream });
      } catch {
        return undefined;
      }
    },
  };
}

/** Makes everything that a guest's realm can call; see {@link HostCalls}. */
export function createHostCalls(parts: HostParts, doorbell: () => Doorbell): HostCalls {
  const { monotonic, mark, measureMemory, sha1, leave, endFor } = parts;
  let firstByte = true;
  const watched: WaitedQueue[] = [];

  /** An error on the host's side ends the guest, or is returned as a message. */
  function answering<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R | string {
    return (...args) => {
      try {
        return call(...args);
      } catch (error) {
        if (isFinal(error)) endFor(error);
        return String((error as Error).message);
      }
    };
  }

  /** The same for a call that gives nothing. */
  function refusing<A extends unknown[]>(
    call: (...args: A) => void,
  ): (...args: A) => string | undefined {
    return answering((...args: A) => {
      call(...args);
      return undefined;
    });
  }

  return {
    notify: refusing((queue: number) => doorbell().notify(queue)),
    watch: refusing((at: number, id: number, seen: number) => {
      if (!(at <= watched.length && at < MAX_WATCHED)) throw new RangeError('too many queues');
      watched.length = at;
      watched.push({ id, seen });
    }),
    wait: answering((count: number, deadline: bigint | undefined) => {
      watched.length = Math.min(count, watched.length);
      return doorbell().wait(watched, deadline);
    }),
    writeConsole: refusing((bytes: Uint8Array) => {
      const view = viewOf(bytes);
      if (view === undefined) throw new TypeError('the console takes bytes');
      if (firstByte) {
        firstByte = false;
        mark('firstByte');
      }
      writeConsole(view);
    }),
    log: refusing((message: string) => sendEvent({ event: 'log', message })),
    mark,
    clockMonotonic: () => monotonic(),
    clockWall: createWallClock(monotonic),
    // The tender need not wait until the kernel has taken the whole process apart.
    exit(status) {
      refusing(sendEvent)({ event: 'exit', status, memory: measureMemory?.() });
      doorbell().hail();
      leave(status);
    },
    sha1,
    ...createCodecs(),
  };
}
