// The trusted program in the guest's process: makes the machine, closes every door, runs the guest.
import { closeSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import {
  EXIT_ABORT,
  EXIT_FAILURE,
  EXIT_SUCCESS,
  MACHINE_NAME,
  QUEUE_STRIDE,
  queueLayout,
} from '#abi';
import { dieWithTender, installJail } from '../../jail/install.ts';
import { type Libc, loadLibc } from '../../native/libc.ts';
import { createMemoryFile } from '../../native/shared-memory.ts';
import { VirtqueueError } from '../../virtio/device-queue.ts';
import type { BootConfig, GoConfig } from '../boot.ts';
import { FrameKind } from '../frame.ts';
import { CONTROL_BYTES } from '../shared-page.ts';
import { ChannelClosed, receiveJson, receivePayload, sendEvent } from './channel.ts';
import { ConsoleClosed } from './console.ts';
import { describeThrown } from './describe-thrown.ts';
import type { Doorbell } from './doorbell.ts';
import { stripGlobals } from './globals.ts';
import { createMachine } from './machine.ts';
import { createMessageDoorbell } from './message-doorbell.ts';
import { createSharedDoorbell } from './shared-doorbell.ts';

/** As a shell reports a program that SIGPIPE ended. */
const EXIT_CONSOLE_CLOSED = 141;

const monotonic = process.hrtime.bigint;
// The typed `process` hides it; process.exit() would run handlers on the way.
let leave = (process as unknown as { reallyExit(status: number): never }).reallyExit.bind(process);

function receiveBoot(): { config: BootConfig; source: string } {
  const payload = receivePayload(FrameKind.BOOT);
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

interface Transport {
  readonly memory: ArrayBuffer;
  readonly doorbell: Doorbell;
  readonly go: GoConfig;
}

/** Offers shared memory to the tender where this process can make it, and hears what to do. */
function agreeOnTransport({ memorySize, devices }: BootConfig, libc: Libc | undefined): Transport {
  const layouts = devices.map((_, index) => queueLayout(index * QUEUE_STRIDE));
  if (libc === undefined) {
    sendEvent({ event: 'ready' });
    const memory = new ArrayBuffer(memorySize);
    const doorbell = createMessageDoorbell(memory, layouts);
    return { memory, doorbell, go: receiveJson(FrameKind.GO) };
  }
  const size = CONTROL_BYTES + memorySize;
  const memoryFd = createMemoryFile(libc, size);
  const mapping = libc.mapShared(memoryFd, size);
  const memory = mapping.view(CONTROL_BYTES, memorySize);
  sendEvent({ event: 'ready', memoryFd });
  const go = receiveJson<GoConfig>(FrameKind.GO);
  closeSync(memoryFd);
  const doorbell = go.shared
    ? createSharedDoorbell(libc, mapping, memory, layouts)
    : createMessageDoorbell(memory, layouts);
  return { memory, doorbell, go };
}

/** @throws where strict is asked for and cannot be had in full */
function closeDoors({ sandbox, memory }: BootConfig, libc: Libc | undefined, go: GoConfig): void {
  if (sandbox !== 'none') stripGlobals();
  if (sandbox !== 'strict') return;
  if (libc === undefined) throw new Error('koffi is not installed for this system');
  installJail(libc, { memory, ...go });
}

function main(): void {
  const { config, source } = receiveBoot();
  const { timing, koffi } = config;
  function mark(phase: string): void {
    if (timing) sendEvent({ event: 'phase', phase, at: String(monotonic()) });
  }
  mark('runtime');
  const libc = koffi.length > 0 ? loadLibc(koffi) : undefined;
  if (libc !== undefined) dieWithTender(libc, config.tenderPid);
  const { memory, doorbell, go } = agreeOnTransport(config, libc);
  const run = compileFunction(source, [MACHINE_NAME], { filename: 'guest.js' });
  process.on('uncaughtException', endFor);
  process.on('unhandledRejection', endFor);
  process.on('beforeExit', () => leave(EXIT_SUCCESS));
  if (libc !== undefined) leave = (status) => libc.raw('exit_group', status) as never;
  const machine = createMachine({ config, memory, doorbell, mark, leave, endFor });
  try {
    closeDoors(config, libc, go);
  } catch (error) {
    sendEvent({ event: 'unjailed', message: describeThrown(error) });
    leave(EXIT_FAILURE);
  }
  mark('attach');
  run(machine);
}

// libuv makes its first system calls on the way into its loop, through an io_uring: they must be
// made before the jail is closed.
setImmediate(() => {
  try {
    main();
  } catch (error) {
    endFor(error);
  }
});
