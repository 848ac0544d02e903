// The trusted program in the guest's process: makes the machine, closes every door, runs the guest.
import { Script } from 'node:vm';
import { EXIT_ABORT, EXIT_FAILURE, EXIT_SUCCESS, guestFunction, type Machine } from '#abi';
import { dieWithTender, installJail, prepareFilter } from '../../../jail/install.ts';
import { type Libc, loadLibc } from '../../../native/libc.ts';
import { FrameKind } from '../../../transport/frame.ts';
import { VirtqueueError } from '../../../virtio/device-queue.ts';
import type { BootConfig, GoConfig } from '../boot.ts';
import { ChannelClosed, receiveJson, receivePayload, sendEvent } from './channel.ts';
import { ConsoleClosed, ConsoleFailed } from './console.ts';
import { describeThrown } from './describe-thrown.ts';
import { stripGlobals } from './globals.ts';
import { createMachine } from './machine.ts';
import { bindSha1 } from './sha1.ts';
import { offerMemory } from './transport.ts';

/** As a shell reports a program that SIGPIPE ended. */
const EXIT_CONSOLE_CLOSED = 141;

const monotonic = process.hrtime.bigint;
// The typed `process` hides it; process.exit() would run handlers on the way.
let leave = (process as unknown as { reallyExit(status: number): never }).reallyExit.bind(process);

/** What is to be run: nothing of it is looked at before the doors are closed. */
interface GuestProgram {
  readonly source: Buffer;
  readonly code: Buffer;
}

function receiveBoot(): { config: BootConfig; program: GuestProgram } {
  const payload = receivePayload(FrameKind.BOOT);
  const end = payload.indexOf(0);
  const config = JSON.parse(payload.toString('utf8', 0, end)) as BootConfig;
  const code = payload.length - config.codeBytes;
  return {
    config,
    program: { source: payload.subarray(end + 1, code), code: payload.subarray(code) },
  };
}

/** Ends the guest for what it threw, or for what the host side of the machine threw under it. */
function endFor(thrown: unknown): never {
  try {
    if (thrown instanceof ConsoleClosed) leave(EXIT_CONSOLE_CLOSED);
    if (thrown instanceof VirtqueueError) sendEvent({ event: 'broken', message: thrown.message });
    else if (thrown instanceof ConsoleFailed) sendEvent({ event: 'mute', message: thrown.message });
    else if (!(thrown instanceof ChannelClosed)) {
      sendEvent({ event: 'uncaught', message: describeThrown(thrown) });
    }
  } catch {
    // Nobody is there to hear it.
  }
  return leave(EXIT_ABORT);
}

/**
 * Does all towards the jail that does not need the tender's answer; what is returned closes it.
 * @throws where strict is asked for and cannot be had in full; the same later
 */
function prepareDoors(
  { sandbox, memory }: BootConfig,
  libc: Libc | undefined,
): (go: GoConfig) => void {
  if (sandbox !== 'none') stripGlobals();
  if (sandbox !== 'strict') return () => {};
  if (libc === undefined) throw new Error('koffi is not installed for this system');
  const filter = prepareFilter(libc);
  return (go) => installJail(libc, filter, { memory, ...go });
}

/** Without the jail that was asked for, no guest is run. */
function orUnjailed<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    sendEvent({ event: 'unjailed', message: describeThrown(error) });
    return leave(EXIT_FAILURE);
  }
}

/** The guest's script as a function; `before` where the code that came with it spared compiling. */
function compileGuest({ source, code }: GuestProgram): {
  readonly run: (machine: Machine) => void;
  readonly before: boolean;
} {
  const script = new Script(guestFunction(source.toString()), {
    filename: 'guest.js',
    cachedData: code.length > 0 ? code : undefined,
  });
  return { run: script.runInThisContext(), before: script.cachedDataRejected === false };
}

/** V8 counts by itself: the jail lets nobody ask the kernel. */
function memoryMeter(): () => number {
  const { getHeapStatistics } = process.getBuiltinModule('node:v8');
  return () => {
    const { used_heap_size, external_memory } = getHeapStatistics();
    return used_heap_size + external_memory;
  };
}

function main(): void {
  const { config, program } = receiveBoot();
  const { timing, koffi } = config;
  function mark(phase: string): void {
    if (timing) sendEvent({ event: 'phase', phase, at: String(monotonic()) });
  }
  mark('runtime');
  const measureMemory = timing ? memoryMeter() : undefined;
  const libc = koffi.length > 0 ? loadLibc(koffi) : undefined;
  if (libc !== undefined) dieWithTender(libc, config.tenderPid);
  const { memory, accept } = offerMemory(config, libc);
  process.on('uncaughtException', endFor);
  process.on('unhandledRejection', endFor);
  process.on('beforeExit', () => leave(EXIT_SUCCESS));
  if (libc !== undefined) leave = (status) => libc.raw('exit_group', status) as never;
  // The tender maps the memory meanwhile.
  const closeDoors = orUnjailed(() => prepareDoors(config, libc));
  const sha1 = libc && bindSha1(libc);
  const go = receiveJson<GoConfig>(FrameKind.GO);
  const doorbell = accept(go);
  const machine = createMachine({
    config,
    memory,
    doorbell,
    monotonic,
    mark,
    measureMemory,
    sha1,
    leave,
    endFor,
  });
  orUnjailed(() => closeDoors(go));
  const { run, before } = compileGuest(program);
  if (timing) sendEvent({ event: 'compiled', before });
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
