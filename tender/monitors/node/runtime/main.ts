// The trusted program in the guest's process: makes the guest's realm, closes every door, runs the guest.
import { EXIT_ABORT, EXIT_FAILURE, EXIT_SUCCESS, layoutQueues, type QueuePlan } from '#abi';
import { installJail, prepareFilter } from '../../../jail/install.ts';
import { type Libc, loadLibc } from '../../../native/libc.ts';
import { FrameKind } from '../../../transport/frame.ts';
import { VirtqueueError } from '../../../virtio/device-queue.ts';
import type { BootConfig, GoConfig } from '../boot.ts';
import type { MachineDescription } from '../realm/host-calls.ts';
import { ChannelClosed, receiveJson, receivePayload, sendEvent, sendFrame } from './channel.ts';
import { ConsoleClosed, ConsoleFailed } from './console.ts';
import type { Doorbell } from './doorbell.ts';
import { createGuestRealm, type PreparedRealm } from './guest-realm.ts';
import { hardenHost } from './harden-host.ts';
import { createHostCalls } from './host-calls.ts';
import { findNodeHooks } from './node-hooks.ts';
import { bindSha1 } from './sha1.ts';
import { openTransport } from './transport.ts';

/** A shell reports this for a program that SIGPIPE ended. */
const EXIT_CONSOLE_CLOSED = 141;

const monotonic = process.hrtime.bigint;
// The typed `process` hides it; process.exit() would run handlers on the way.
let leave = (process as unknown as { reallyExit(status: number): never }).reallyExit.bind(process);

/** What the tender sends. */
interface Boot {
  readonly config: BootConfig;
  /** V8's compiled code of the source. */
  readonly code: Uint8Array | undefined;
  /** The guest's script, which is not parsed before the jail is closed. */
  readonly source: Buffer;
}

function receiveBoot(): Boot {
  const payload = receivePayload(FrameKind.BOOT);
  const end = payload.indexOf(0);
  const config = JSON.parse(payload.toString('utf8', 0, end)) as BootConfig;
  const start = end + 1 + config.codeSize;
  const code = config.codeSize > 0 ? payload.subarray(end + 1, start) : undefined;
  return { config, code, source: payload.subarray(start) };
}

/** Ends the guest for an error on the host's side. */
function endForHost(thrown: unknown): never {
  try {
    if (thrown instanceof ConsoleClosed) leave(EXIT_CONSOLE_CLOSED);
    if (thrown instanceof VirtqueueError) sendEvent({ event: 'broken', message: thrown.message });
    else if (thrown instanceof ConsoleFailed) sendEvent({ event: 'mute', message: thrown.message });
    else if (!(thrown instanceof ChannelClosed)) {
      const { name, message, stack } = thrown as Error;
      // For a script that does not parse, the stack begins with the place.
      const place = /^guest\.js:\d+/.exec(String(stack))?.[0];
      const text = `uncaught ${name}: ${message}`;
      sendEvent({ event: 'uncaught', message: place === undefined ? text : `${text} (${place})` });
    }
  } catch {
    // Nobody is there to hear it.
  }
  return leave(EXIT_ABORT);
}

/** Ends the guest for an error of its own that it did not catch. */
function endForGuest(realm: PreparedRealm, thrown: unknown): never {
  try {
    const message: unknown = realm.describeThrown(thrown);
    if (typeof message === 'string') sendEvent({ event: 'uncaught', message });
  } catch {
    // Nobody is there to hear it.
  }
  return leave(EXIT_ABORT);
}

/**
 * Prepares the jail as far as possible without the tender's answer; the result closes it.
 * @throws if the strict sandbox is not available in full; so does the result
 */
function prepareDoors(
  { sandbox, memory, landlock }: BootConfig,
  libc: Libc | undefined,
): () => void {
  if (sandbox !== 'strict') return () => {};
  if (libc === undefined) throw new Error('koffi is not installed for this system');
  const filter = prepareFilter(libc);
  return () => installJail(libc, filter, { memory, landlock });
}

/** Makes a step without which no guest may run. */
function orUnjailed<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    sendEvent({ event: 'unjailed', message: (error as Error).message });
    return leave(EXIT_FAILURE);
  }
}

function describeMachine(
  { arguments: args, memorySize, devices }: BootConfig,
  plan: QueuePlan,
): string {
  const start = plan.bytes;
  let lastQueue = 0;
  const description: MachineDescription = {
    arguments: args,
    heap: { start, size: memorySize - start },
    devices: devices.map(({ name, kind, features, config }, index) => ({
      name,
      type: kind,
      queues: (plan.devices[index] ?? []).map((layout) => ({ ...layout, id: lastQueue++ })),
      features,
      config,
    })),
  };
  return JSON.stringify(description);
}

/**
 * V8 counts by itself: the jail lets nobody ask the kernel.
 * @param shared bytes that V8 counts in full, however few of them are used
 */
function memoryMeter(shared: number): () => number {
  const { getHeapStatistics } = process.getBuiltinModule('node:v8');
  return () => {
    const { used_heap_size, external_memory } = getHeapStatistics();
    return used_heap_size + external_memory - shared;
  };
}

/**
 * Prepares to compile the guest's script. If the tender wants the compiled code, it is sent before the script
 * runs.
 */
function createCompiler({ config, code, source }: Boot, realm: PreparedRealm) {
  if (!config.wantsCode) {
    const onStale = () => sendEvent({ event: 'stale' });
    return () => realm.compile(source.toString(), code, onStale);
  }
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  return () => {
    const whole = realm.compileWhole(source.toString(), setFlagsFromString);
    sendFrame({ kind: FrameKind.CODE }, [whole.code], whole.code.length);
    return whole.run;
  };
}

function main(): void {
  const boot = receiveBoot();
  const { config } = boot;
  const { timing, koffi } = config;
  function mark(phase: string): void {
    if (timing) sendEvent({ event: 'phase', phase, at: String(monotonic()) });
  }
  mark('runtime');
  const measureMemory = timing ? memoryMeter(config.memorySize) : undefined;
  const libc = koffi.length > 0 ? loadLibc(koffi) : undefined;
  const plan = layoutQueues(config.devices);
  const { memory, doorbell: doorbellFor } = openTransport(config, plan, libc, monotonic);
  sendEvent({ event: 'ready' });
  if (libc !== undefined) leave = (status) => libc.raw('exit_group', status) as never;
  const closeDoors = orUnjailed(() => prepareDoors(config, libc));
  const hooks = orUnjailed(findNodeHooks);
  let doorbell: Doorbell | undefined;
  const host = createHostCalls(
    { monotonic, mark, measureMemory, sha1: libc && bindSha1(libc), leave, endFor: endForHost },
    () => doorbell as Doorbell,
  );
  const realm = createGuestRealm(host, __filename);
  const compile = createCompiler(boot, realm);
  process.on('uncaughtException', (thrown) => endForGuest(realm, thrown));
  process.on('unhandledRejection', (thrown) => endForGuest(realm, thrown));
  process.on('beforeExit', () => leave(EXIT_SUCCESS));
  // No debugger, also in a Node without a flag for that.
  process.on('SIGUSR1', () => {});
  const go = receiveJson<GoConfig>(FrameKind.GO);
  doorbell = doorbellFor(go);
  const machine = realm.createMachine(describeMachine(config, plan), memory);
  orUnjailed(closeDoors);
  hardenHost();
  const run = compile();
  hooks.replace(realm.hooks);
  mark('attach');
  try {
    run(machine);
  } catch (error) {
    endForGuest(realm, error);
  }
}

// libuv makes its first system calls on the way into its loop, through an io_uring: they must be
// made before the jail is closed.
setImmediate(() => {
  try {
    main();
  } catch (error) {
    endForHost(error);
  }
});
