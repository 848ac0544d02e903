// The trusted program in the guest's process: makes the machine, closes every door, runs the guest.
import { compileFunction } from 'node:vm';
import {
  EXIT_ABORT,
  EXIT_SUCCESS,
  MACHINE_NAME,
  type Machine,
  QUEUE_STRIDE,
  queueLayout,
} from '#abi';
import { VirtqueueError } from '../../virtio/device-queue.ts';
import type { BootConfig } from '../boot.ts';
import { FrameKind } from '../frame.ts';
import { ChannelClosed, receiveHeader, receiveInto, sendEvent } from './channel.ts';
import { ConsoleClosed, writeConsole } from './console.ts';
import { describeThrown } from './describe-thrown.ts';
import { stripGlobals } from './globals.ts';
import { createMessageDoorbell } from './message-doorbell.ts';

/** As a shell reports a program that SIGPIPE ended. */
const EXIT_CONSOLE_CLOSED = 141;

const { hrtime } = process;
const monotonic = hrtime.bigint;
const wallOffset = BigInt(Date.now()) * 1_000_000n - monotonic();
// The typed `process` hides it; process.exit() would run handlers on the way.
const leave = (process as unknown as { reallyExit(status: number): never }).reallyExit.bind(
  process,
);

function receiveBoot(): { config: BootConfig; source: string } {
  const { kind, length } = receiveHeader();
  if (kind !== FrameKind.BOOT) throw new Error(`a frame of kind ${kind} instead of BOOT`);
  const payload = Buffer.allocUnsafe(length);
  receiveInto(payload);
  const end = payload.indexOf(0);
  return {
    config: JSON.parse(payload.toString('utf8', 0, end)) as BootConfig,
    source: payload.toString('utf8', end + 1),
  };
}

/** Ends the guest for what it threw, or for what the host side of the machine threw under it. */
function endFor(thrown: unknown): never {
  try {
    if (thrown instanceof ConsoleClosed) leave(EXIT_CONSOLE_CLOSED);
    if (thrown instanceof VirtqueueError) sendEvent({ event: 'broken', message: thrown.message });
    else if (!(thrown instanceof ChannelClosed)) {
      sendEvent({ event: 'uncaught', message: describeThrown(thrown) });
    }
  } catch {
    // Nobody is there to hear it.
  }
  return leave(EXIT_ABORT);
}

/** A guest may catch what a hypercall throws; these three end it whatever it does. */
function guarded<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      if (
        error instanceof ConsoleClosed ||
        error instanceof VirtqueueError ||
        error instanceof ChannelClosed
      ) {
        endFor(error);
      }
      throw error;
    }
  };
}

function main(): void {
  const { config, source } = receiveBoot();
  function mark(phase: string): void {
    if (config.timing) sendEvent({ event: 'phase', phase, at: String(monotonic()) });
  }
  mark('runtime');
  const layouts = config.devices.map((_, index) => queueLayout(index * QUEUE_STRIDE));
  const heapStart = config.devices.length * QUEUE_STRIDE;
  const memory = new ArrayBuffer(config.memorySize);
  const doorbell = createMessageDoorbell(memory, layouts);
  let firstByte = config.timing;
  const machine: Machine = {
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
    log: guarded((message: string) => sendEvent({ event: 'log', message: `${message}` })),
    clockMonotonic: () => monotonic(),
    clockWall: () => wallOffset + monotonic(),
    mark,
    exit: (status) => leave(status & 0xff),
    abort: () => leave(EXIT_ABORT),
  };
  process.on('uncaughtException', endFor);
  process.on('unhandledRejection', endFor);
  process.on('beforeExit', () => leave(EXIT_SUCCESS));
  const run = compileFunction(source, [MACHINE_NAME], { filename: 'guest.js' });
  if (config.sandbox !== 'none') stripGlobals();
  mark('attach');
  run(machine);
}

try {
  main();
} catch (error) {
  endFor(error);
}
