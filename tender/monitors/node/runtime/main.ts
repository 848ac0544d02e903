// The trusted program in the guest's process: makes the guest's realm, closes every door, runs the guest.
import { EXIT_ABORT, EXIT_FAILURE, EXIT_SUCCESS, layoutQueues, type QueuePlan } from '#abi';
import { installJail, prepareFilter } from '../../../jail/install.ts';
import { type Libc, loadLibc } from '../../../native/libc.ts';
import { FrameKind } from '../../../transport/frame.ts';
import { VirtqueueError } from '../../../virtio/device-queue.ts';
import type { BootConfig, GoConfig } from '../boot.ts';
import type { MachineDescription } from '../realm/host-calls.ts';
import { ChannelClosed, receiveJson, receivePayload, sendEvent } from './channel.ts';
import { ConsoleClosed, ConsoleFailed } from './console.ts';
import type { Doorbell } from './doorbell.ts';
import { createGuestRealm, type PreparedRealm } from './guest-realm.ts';
import { hardenHost } from './harden-host.ts';
import { createHostCalls } from './host-calls.ts';
import { findNodeHooks } from './node-hooks.ts';
import { bindSha1 } from './sha1.ts';
import { openTransport } from './transport.ts';

/** As a shell reports a program that SIGPIPE ended. */
const EXIT_CONSOLE_CLOSED = 141;

const monotonic = process.hrtime.bigint;
// The typed `process` hides it; process.exit() would run handlers on the way.
let leave = (process as unknown as { reallyExit(status: number): never }).reallyExit.bind(process);

/** The guest's source: nothing of it is looked at before the doors are closed. */
function receiveBoot(): { config: BootConfig; source: Buffer } {
  const payload = receivePayload(FrameKind.BOOT);
  const end = payload.indexOf(0);
  const config = JSON.parse(payload.toString('utf8', 0, end)) as BootConfig;
  return { config, source: payload.subarray(end + 1) };
}

/** Ends the guest for what the host's side threw under it. */
function endForHost(thrown: unknown): never {
  try {
    if (thrown instanceof ConsoleClosed) leave(EXIT_CONSOLE_CLOSED);
    if (thrown instanceof VirtqueueError) sendEvent({ event: 'broken', message: thrown.message });
    else if (thrown instanceof ConsoleFailed) sendEvent({ event: 'mute', message: thrown.message });
    else if (!(thrown instanceof ChannelClosed)) {
      const { name, message, stack } = thrown as Error;
      // Where a script does not parse, its stack begins with the place.
      const place = /^guest\.js:\d+/.exec(String(stack))?.[0];
      const text = `uncaught ${name}: ${message}`;
      sendEvent({ event: 'uncaught', message: place === undefined ? text : `${text} (${place})` });
    }
  } catch {
    // Nobody is there to hear it.
  }
  return leave(EXIT_ABORT);
}

/** Ends the guest for what it threw itself, and did not catch. */
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
 * Does all towards the jail that does not need the tender's answer; what is returned closes it.
 * @throws where strict is asked for and cannot be had in full; the same later
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

/** Without the jail that was asked for, no guest is run. */
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

/** V8 counts by itself: the jail lets nobody ask the kernel. */
function memoryMeter(): () => number {
  const { getHeapStatistics } = process.getBuiltinModule('node:v8');
  return () => {
    const { used_heap_size, external_memory } = getHeapStatistics();
    return used_heap_size + external_memory;
  };
}

function main(): void {
  const { config, source } = receiveBoot();
  const { timing, koffi } = config;
  function mark(phase: string): void {
    if (timing) sendEvent({ event: 'phase', phase, at: String(monotonic()) });
  }
  mark('runtime');
  const measureMemory = timing ? memoryMeter() : undefined;
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
  process.on('uncaughtException', (thrown) => endForGuest(realm, thrown));
  process.on('unhandledRejection', (thrown) => endForGuest(realm, thrown));
  process.on('beforeExit', () => leave(EXIT_SUCCESS));
  // Where Node has no flag for it: no debugger.
  process.on('SIGUSR1', () => {});
  const go = receiveJson<GoConfig>(FrameKind.GO);
  doorbell = doorbellFor(go);
  const machine = realm.createMachine(describeMachine(config, plan), memory);
  orUnjailed(closeDoors);
  hardenHost();
  const run = realm.compile(source.toString());
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
