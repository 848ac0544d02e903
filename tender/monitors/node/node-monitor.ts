import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { QUEUE_STRIDE } from '#abi';
import { HostError } from '../../block/block-device.ts';
import { describeBlockDevice } from '../../devices/block/executor.ts';
import { rehearse } from '../../devices/block/rehearse.ts';
import { findKoffi } from '../../native/koffi.ts';
import { type Libc, loadLibc } from '../../native/libc.ts';
import { mapMemoryFile } from '../../native/shared-memory.ts';
import { FrameKind } from '../../transport/frame.ts';
import { sendMessage, serveMessages } from '../../transport/message-server.ts';
import { CONTROL_BYTES } from '../../transport/shared-page.ts';
import { type SharedServer, serveShared } from '../../transport/shared-server.ts';
import { Spinner } from '../../transport/spinner.ts';
import type { GuestEnd, GuestLaunch, Monitor, ProcessSetting, RunningGuest } from '../monitor.ts';
import type { BootConfig, GoConfig } from './boot.ts';
import { dataBytes, openMemoryFile, strayFds } from './child-process.ts';
import { boundedTalk, cleanText } from './clean-text.ts';
import { explainFatal } from './fatal-output.ts';
import type { RuntimeEvent } from './runtime-event.ts';
import type { RuntimeProcess } from './runtime-process.ts';
import { spawnRuntime } from './spawn-runtime.ts';
import { watchOver } from './watchdog.ts';

/** Of what the guest's process writes to its stderr, as much is kept, in bytes. */
const MAX_STDERR = 64 * 1024;
/** A guest names phases of its own: as many are passed on. */
const MAX_PHASES = 32;
/** Of what the guest says for people, as many characters are shown. */
const MAX_SAID = 64 * 1024;
/** Shared memory per guest in bytes, queues apart: the caches of its block drivers lie there. */
const SHARED_HEAP = 32 * 1024 * 1024;

function encodeBoot(config: BootConfig, source: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${JSON.stringify(config)}\0`), source]);
}

function bootConfig(
  launch: GuestLaunch,
  { memory, sandbox }: ProcessSetting,
  koffi: readonly string[],
): BootConfig {
  const { devices } = launch;
  return {
    arguments: launch.arguments,
    memorySize: SHARED_HEAP + devices.length * QUEUE_STRIDE,
    devices: devices.map(({ name, device }) => {
      const { features, config } = describeBlockDevice(device);
      return { name, features, config: [...config] };
    }),
    sandbox,
    koffi,
    tenderPid: process.pid,
    memory,
    timing: launch.onPhase !== undefined,
  };
}

/** What this process itself uses of the kernel, where the system has koffi. */
interface Native {
  readonly koffi: readonly string[];
  readonly libc: Libc | undefined;
}

function findNative(): Native {
  const koffi = findKoffi(import.meta.url);
  try {
    return { koffi, libc: koffi.length > 0 ? loadLibc(koffi) : undefined };
  } catch {
    return { koffi, libc: undefined };
  }
}

/**
 * What there is to work with: without /proc, neither descriptors nor memory of the other process can be
 * reached.
 * @throws {HostError} where the strict sandbox is asked for, and cannot be had
 */
function usableNative(sandbox: ProcessSetting['sandbox']): Native {
  const native = findNative();
  if (native.libc === undefined || existsSync('/proc/self/fd')) return native;
  if (sandbox !== 'strict') return { koffi: [], libc: undefined };
  throw new HostError(
    '/proc is not mounted, and the strict sandbox needs it: mount -t proc proc /proc; see --sandbox',
  );
}

/** @throws {HostError} where a device is in use */
function lockDevices({ devices, onLog }: GuestLaunch, libc: Libc | undefined): void {
  for (const { name, device } of devices) {
    if (libc !== undefined) device.lock?.(libc);
    else if (device.write !== undefined) onLog?.('warn', `${name}: not locked: koffi is missing`);
  }
}

function run(
  child: RuntimeProcess,
  { koffi, libc }: Native,
  setting: ProcessSetting,
  launch: GuestLaunch,
): RunningGuest {
  const { memory, sandbox } = setting;
  const { devices, onMessage, onLog } = launch;
  let phases = 0;
  const onPhase = (phase: string, at: bigint) => {
    phases += 1;
    if (phases <= MAX_PHASES) launch.onPhase?.(phase, at);
  };
  const { channel } = child;
  let reason: GuestEnd | undefined;
  let message: string | undefined;
  let stderr = '';
  const say = boundedTalk(onMessage, MAX_SAID);
  let server: SharedServer | undefined;
  let ready = false;

  function endGuest(fault: 'guest' | 'host', why: string): void {
    reason ??= { kind: 'ended', fault, message: why };
    child.kill();
  }
  function onFailure(error: Error): void {
    if (error instanceof HostError) endGuest('host', error.message);
    else endGuest('guest', `the guest broke its queue: ${cleanText(error.message)}`);
  }

  // An add-on in the guest's process is a risk of its own where no kernel filter follows it.
  const config = bootConfig(launch, setting, sandbox === 'portable' ? [] : koffi);
  sendMessage(channel, FrameKind.BOOT, encodeBoot(config, launch.source));
  // Without koffi it cannot ask the kernel to be ended with this process.
  const watchdog = config.koffi.length === 0 ? watchOver(child.pid) : undefined;
  const spin = availableParallelism() > 1;
  // With one core it would keep the guest waiting.
  if (spin && libc !== undefined) rehearse();
  const strays = sandbox === 'strict' ? strayFds() : [];
  try {
    lockDevices(launch, libc);
  } catch (error) {
    onFailure(error as Error);
  }

  /** Maps the guest's memory where it offers one; then the guest may run. */
  function letGo(pid: number, memoryFd: number | undefined): void {
    // The runtime says it once, before the guest runs: what says it again is no runtime any more.
    if (ready || !(memoryFd === undefined || Number.isSafeInteger(memoryFd))) {
      throw new RangeError('a message out of turn');
    }
    ready = true;
    if (libc !== undefined && memoryFd !== undefined) {
      const size = SHARED_HEAP + devices.length * QUEUE_STRIDE;
      const mapping = mapMemoryFile(libc, openMemoryFile(pid, memoryFd), CONTROL_BYTES + size);
      server = serveShared(libc, mapping, size, devices, new Spinner(spin), onFailure);
    }
    const go: GoConfig = {
      shared: server !== undefined,
      spin,
      strayFds: strays,
      dataBytes: sandbox === 'strict' ? dataBytes(pid) : 0,
    };
    onLog?.(
      'info',
      `guest runs: ${go.shared ? 'shared memory' : 'messages'}, sandbox ${sandbox}, ${memory} MiB`,
    );
    sendMessage(channel, FrameKind.GO, Buffer.from(JSON.stringify(go)));
  }
  function onEvent(event: RuntimeEvent): void {
    if (event.event === 'ready') letGo(child.pid, event.memoryFd);
    else if (event.event === 'phase') onPhase(cleanText(event.phase), BigInt(event.at));
    else if (event.event === 'exit') {
      if (event.memory !== undefined) launch.onMemory?.(Number(event.memory));
      leaveNow(event.status);
    } else if (event.event === 'log') say(event.message);
    else if (event.event === 'uncaught') message = cleanText(event.message);
    else if (event.event === 'broken') onFailure(new Error(event.message));
    else if (event.event === 'mute') endGuest('host', `stdout: ${cleanText(event.message)}`);
    else endGuest('host', `cannot jail the guest: ${cleanText(event.message)}; see --sandbox`);
  }

  serveMessages({
    channel,
    devices,
    onEvent: (payload) => onEvent(JSON.parse(Buffer.from(payload).toString()) as RuntimeEvent),
    onFailure,
  });
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < MAX_STDERR) stderr += chunk.toString('latin1');
    for (const line of chunk.toString().split('\n')) {
      if (line !== '') onLog?.('debug', `guest: ${cleanText(line)}`);
    }
  });

  let leaveNow: (status: number) => void = () => {};
  const ended = new Promise<GuestEnd>((resolve) => {
    let finished = false;
    function finish(end: GuestEnd): void {
      if (finished) return;
      finished = true;
      watchdog?.stop();
      server?.close();
      for (const { device } of devices) device.close();
      onPhase('exit', process.hrtime.bigint());
      resolve(reason ?? end);
    }
    leaveNow = (status) => {
      // It said goodbye: should it linger, it is helped.
      child.kill();
      finish({ kind: 'exit', status: status & 0xff, message });
    };
    child.onEnd((end) => {
      if ('failure' in end) {
        finish({ kind: 'ended', fault: 'host', message: `cannot start Node: ${end.failure}` });
        return;
      }
      message ??= explainFatal(stderr, memory);
      if ('signal' in end) finish({ kind: 'signal', signal: end.signal, message });
      else finish({ kind: 'exit', status: end.status, message });
    });
  });
  return { ended, kill: () => child.kill() };
}

/** Runs JavaScript guests, each in a Node process of its own. */
export const nodeMonitor: Monitor = {
  warmUp(setting) {
    const native = usableNative(setting.sandbox);
    const child = spawnRuntime(setting, native.libc);
    const spawned = process.hrtime.bigint();
    return {
      run(launch) {
        launch.onPhase?.('spawn', spawned);
        return run(child, native, setting, launch);
      },
      abandon: child.kill,
    };
  },
};
