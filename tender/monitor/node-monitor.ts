import type { ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Duplex } from 'node:stream';
import { QUEUE_STRIDE } from '#abi';
import { HostError } from '../block/block-device.ts';
import { findKoffi } from '../native/koffi.ts';
import { type Libc, loadLibc } from '../native/libc.ts';
import { mapMemoryFile } from '../native/shared-memory.ts';
import { describeBlockDevice } from '../virtio/block-executor.ts';
import { type BootConfig, CHANNEL_FD, type GoConfig, type RuntimeEvent } from './boot.ts';
import { dataBytes, openMemoryFile, strayFds } from './child-process.ts';
import { boundedTalk, cleanText } from './clean-text.ts';
import { explainFatal } from './fatal-output.ts';
import { FrameKind } from './frame.ts';
import { sendMessage, serveMessages } from './message-server.ts';
import type { GuestEnd, GuestLaunch, Monitor, ProcessSetting, RunningGuest } from './monitor.ts';
import { CONTROL_BYTES } from './shared-page.ts';
import { type SharedServer, serveShared } from './shared-server.ts';
import { spawnRuntime } from './spawn-runtime.ts';
import { Spinner } from './spinner.ts';

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

/** The kernel through koffi, where the sandbox allows it and the system has it. */
function tryLibc(koffi: readonly string[]): Libc | undefined {
  try {
    return koffi.length > 0 ? loadLibc(koffi) : undefined;
  } catch {
    return undefined;
  }
}

/** @throws {HostError} where a device is in use */
function lockDevices({ devices, onLog }: GuestLaunch, libc: Libc | undefined): void {
  for (const { name, device } of devices) {
    if (libc !== undefined) device.lock?.(libc);
    else if (device.write !== undefined) onLog?.('warn', `${name}: not locked: koffi is missing`);
  }
}

function run(child: ChildProcess, setting: ProcessSetting, launch: GuestLaunch): RunningGuest {
  const { memory, sandbox } = setting;
  const { devices, onMessage, onLog } = launch;
  let phases = 0;
  const onPhase = (phase: string, at: bigint) => {
    phases += 1;
    if (phases <= MAX_PHASES) launch.onPhase?.(phase, at);
  };
  const channel = child.stdio[CHANNEL_FD] as Duplex;
  let reason: GuestEnd | undefined;
  let message: string | undefined;
  let stderr = '';
  const say = boundedTalk(onMessage, MAX_SAID);
  let server: SharedServer | undefined;
  let ready = false;

  function endGuest(fault: 'guest' | 'host', why: string): void {
    reason ??= { kind: 'ended', fault, message: why };
    child.kill('SIGKILL');
  }
  function onFailure(error: Error): void {
    if (error instanceof HostError) endGuest('host', error.message);
    else endGuest('guest', `the guest broke its queue: ${cleanText(error.message)}`);
  }

  const koffi = findKoffi(import.meta.url);
  // An add-on in the guest's process is a risk of its own where no kernel filter follows it.
  const config = bootConfig(launch, setting, sandbox === 'portable' ? [] : koffi);
  sendMessage(channel, FrameKind.BOOT, encodeBoot(config, launch.source));
  const libc = tryLibc(koffi);
  const spin = availableParallelism() > 1;
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
    if (event.event === 'ready') letGo(child.pid ?? 0, event.memoryFd);
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

  serveMessages({ channel, devices, onEvent, onFailure });
  child.stderr?.on('data', (chunk: Buffer) => {
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
      server?.close();
      for (const { device } of devices) device.close();
      onPhase('exit', process.hrtime.bigint());
      resolve(reason ?? end);
    }
    leaveNow = (status) => {
      // It said goodbye: should it linger, it is helped.
      child.kill('SIGKILL');
      finish({ kind: 'exit', status: status & 0xff, message });
    };
    child.on('error', (error) => {
      finish({ kind: 'ended', fault: 'host', message: `cannot start Node: ${error.message}` });
    });
    // 'close' waits for stderr and the channel too, which bring the reason for the end.
    child.on('close', (status, signal) => {
      message ??= explainFatal(stderr, memory);
      if (signal === null) finish({ kind: 'exit', status: status ?? 0, message });
      else finish({ kind: 'signal', signal, message });
    });
  });
  function leave(status: number): never {
    libc?.raw('exit_group', status);
    return process.exit(status);
  }
  return { ended, kill: () => child.kill('SIGKILL'), leave };
}

/** Runs JavaScript guests, each in a Node process of its own. */
export const nodeMonitor: Monitor = {
  warmUp(setting) {
    const child = spawnRuntime(setting);
    const spawned = process.hrtime.bigint();
    // Whether Node could be started at all is the business of the run.
    child.on('error', () => {});
    return {
      run(launch) {
        launch.onPhase?.('spawn', spawned);
        return run(child, setting, launch);
      },
      abandon: () => void child.kill('SIGKILL'),
    };
  },
};
