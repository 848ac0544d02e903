import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { layoutQueues } from '#abi';
import { cleanText } from '../../base/clean-text.ts';
import { HostError, TenderError } from '../../base/errors.ts';
import type { Script } from '../../guests/script.ts';
import { describeWalls } from '../../jail/walls.ts';
import type { Libc, SharedMapping } from '../../native/libc.ts';
import { bindSha256 } from '../../native/sha256.ts';
import { mapSealed } from '../../native/shared-memory.ts';
import { FrameKind } from '../../transport/frame.ts';
import { sendMessage, serveMessages } from '../../transport/message-server.ts';
import { CONTROL_BYTES } from '../../transport/shared-page.ts';
import { type SharedServer, serveShared } from '../../transport/shared-server.ts';
import { Spinner } from '../../transport/spinner.ts';
import type { Device } from '../../virtio/device.ts';
import { lockDevices } from '../lock-devices.ts';
import type { GuestEnd, GuestLaunch, Monitor, ProcessSetting, RunningGuest } from '../monitor.ts';
import type { BootConfig, GoConfig } from './boot.ts';
import { type CachedCode, openCachedCode } from './code-cache/code-cache.ts';
import { explainSignal, isAbort } from './explain-end.ts';
import { explainFatal } from './fatal-output.ts';
import { boundedTalk, GUEST_MARK, splitUncaught } from './guest-words.ts';
import { findNative, type Native } from './native.ts';
import { nodeFlags } from './node-flags.ts';
import { parseRuntimeEvent, type RuntimeEvent } from './runtime-event.ts';
import type { RuntimeProcess } from './runtime-process.ts';
import { spawnRuntime } from './spawn-runtime.ts';
import { watchOver } from './watchdog.ts';

/** Bytes kept of what the guest's process writes to stderr. */
const MAX_STDERR = 64 * 1024;
/** Phases passed on; a guest may name its own. */
const MAX_PHASES = 32;
/** Characters shown of a guest's messages. */
const MAX_SAID = 64 * 1024;
const MIB = 2 ** 20;
/**
 * Shared memory per guest in MiB, without queues. It holds the caches of the block drivers, and is a part of
 * the 300 MiB that a guest's process may hold beside its own memory.
 */
const MAX_SHARED_HEAP = 44;
const MIN_SHARED_HEAP = 4;
/** That part of what the guest may take besides, above so many MiB. */
const SHARED_SHARE = 1 / 8;
const SMALL_MEMORY = 32;

function encodeBoot(config: BootConfig, code: Uint8Array, source: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${JSON.stringify(config)}\0`), code, source]);
}

const NO_CODE = new Uint8Array(0);

/** Only for the strict sandbox: code of a script is made and used in that jail alone. */
function findCode(
  setting: ProcessSetting,
  libc: Libc | undefined,
  script: Script,
): CachedCode | undefined {
  if (setting.sandbox !== 'strict' || !setting.codeCache) return undefined;
  return libc && openCachedCode(bindSha256(libc), script, nodeFlags('', setting));
}

function bootConfig(
  launch: GuestLaunch<Script>,
  { memory, sandbox }: ProcessSetting,
  about: Pick<BootConfig, 'koffi' | 'shared' | 'landlock' | 'codeSize' | 'wantsCode'>,
): BootConfig {
  const { devices } = launch;
  return {
    arguments: launch.arguments,
    memorySize: memorySize(devices, memory),
    devices: devices.map(({ name, kind, queues, features, config }) => ({
      name,
      kind,
      queues,
      features,
      config: [...config],
    })),
    sandbox,
    ...about,
    memory,
    timing: launch.onPhase !== undefined,
  };
}

/** The system's message for a failed write. A guest that broke out of its runtime could send any text. */
function explainMute(message: string): string {
  return /^E[A-Z0-9]{1,20}: [a-z ,/-]{1,80}$/.test(message) ? message : 'it cannot be written';
}

/**
 * Has one device of each kind serve a request of its own while the guest's process starts: that warms up its
 * code.
 */
function rehearse(devices: readonly Device[]): void {
  for (const rehearsal of new Set(devices.map((device) => device.rehearse))) rehearsal?.();
}

/** Bytes of the memory that a guest of `memory` MiB shares, its queues included. */
function memorySize(devices: readonly Device[], memory: number): number {
  const share = Math.floor((memory - SMALL_MEMORY) * SHARED_SHARE);
  const heap = Math.min(Math.max(share, MIN_SHARED_HEAP), MAX_SHARED_HEAP);
  return layoutQueues(devices).bytes + heap * MIB;
}

/** Maps the memory that the guest's process will map too. That process has the memory file already. */
function shareMemory(
  { memoryFd }: RuntimeProcess,
  libc: Libc | undefined,
  size: number,
): SharedMapping | undefined {
  if (memoryFd === undefined) return undefined;
  return libc && mapSealed(libc, memoryFd, CONTROL_BYTES + size);
}

function run(
  child: RuntimeProcess,
  { koffi, libc }: Native,
  setting: ProcessSetting,
  launch: GuestLaunch<Script>,
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
  let stack: readonly string[] | undefined;
  let stderr = '';
  const say = boundedTalk(onMessage, MAX_SAID, () => {
    onLog?.('warn', 'the guest says more than is shown');
  });
  /** Shows what its process writes to stderr, for debugging. */
  const sayRaw = boundedTalk(
    onLog && ((line) => onLog('debug', `${GUEST_MARK}${line}`)),
    MAX_SAID,
    () => {},
  );
  let server: SharedServer | undefined;
  let ready = false;
  let made: Uint8Array = NO_CODE;

  function endGuest(fault: 'guest' | 'host', why: string): void {
    reason ??= { kind: 'ended', fault, message: why };
    child.kill();
  }
  function onFailure(error: Error): void {
    if (error instanceof HostError) endGuest('host', error.message);
    else endGuest('guest', `the guest broke its queue: ${cleanText(error.message)}`);
  }

  // An add-on in the guest's process is a risk if no kernel filter follows.
  const guestKoffi = sandbox === 'portable' ? [] : koffi;
  const mapping =
    guestKoffi.length > 0 ? shareMemory(child, libc, memorySize(devices, memory)) : undefined;
  const landlock = child.walls?.landlock ?? 0;
  const cached = findCode(setting, libc, launch.program);
  const code = cached?.code ?? NO_CODE;
  const wantsCode = cached !== undefined && cached.code === undefined;
  const shared = mapping !== undefined;
  const about = { koffi: guestKoffi, shared, landlock, codeSize: code.length, wantsCode };
  const config = bootConfig(launch, setting, about);
  sendMessage(channel, FrameKind.BOOT, encodeBoot(config, code, launch.program));
  // Without koffi, the kernel does not end it with this process.
  const watchdog = libc === undefined ? watchOver(child.pid) : undefined;
  const spin = availableParallelism() > 1;
  // With one core, this would delay the guest.
  if (spin && libc !== undefined) rehearse(devices);
  try {
    lockDevices(launch, libc);
  } catch (error) {
    onFailure(error as Error);
  }

  function startServing(): void {
    if (libc === undefined || mapping === undefined) return;
    const size = memorySize(devices, memory);
    server = serveShared(libc, mapping, size, devices, new Spinner(spin), onFailure);
  }
  /** Serving starts only now: until the code has come, the event loop must read the channel. */
  function takeCode(code: Uint8Array): void {
    made = code;
    startServing();
  }
  /** The guest may run. */
  function letGo(): void {
    // The runtime says this once, before the guest runs. A second time, a guest has broken out.
    if (ready) throw new RangeError('a message out of turn');
    ready = true;
    if (!wantsCode) startServing();
    const transport = mapping === undefined ? 'messages' : 'shared memory';
    onLog?.('info', `guest runs: ${transport}, sandbox ${sandbox}, ${memory} MiB`);
    if (code.length > 0) onLog?.('debug', 'guest was compiled in an earlier run');
    const uid = process.geteuid?.() ?? -1;
    if (child.walls !== undefined) {
      for (const line of describeWalls(child.walls, uid)) onLog?.('info', line);
    }
    const go: GoConfig = { spin };
    sendMessage(channel, FrameKind.GO, Buffer.from(JSON.stringify(go)));
  }
  function onEvent(event: RuntimeEvent): void {
    if (event.event === 'ready') letGo();
    else if (event.event === 'stale') cached?.drop();
    else if (event.event === 'phase') {
      if (launch.onPhase !== undefined) onPhase(cleanText(event.phase), BigInt(event.at));
    } else if (event.event === 'exit') {
      if (event.memory !== undefined) launch.onMemory?.(event.memory);
      leaveNow(event.status);
    } else if (event.event === 'log') say(event.message);
    else if (event.event === 'uncaught') ({ message, stack } = splitUncaught(event.message));
    else if (event.event === 'broken') onFailure(new Error(event.message));
    else if (event.event === 'mute') endGuest('host', `stdout: ${explainMute(event.message)}`);
    else endGuest('host', `cannot jail the guest: ${cleanText(event.message)}; see --sandbox`);
  }

  const messages = serveMessages({
    channel,
    devices,
    onEvent: (payload) => onEvent(parseRuntimeEvent(payload)),
    onCode: wantsCode ? takeCode : undefined,
    onFailure,
  });
  child.stderr.on('data', (chunk: Buffer) => {
    // Anything beyond the limit is read and dropped.
    if (stderr.length >= MAX_STDERR) return;
    stderr += chunk.toString('latin1');
    for (const line of chunk.toString().split('\n')) if (line !== '') sayRaw(line);
  });

  let leaveNow: (status: number) => void = () => {};
  const ended = new Promise<GuestEnd>((resolve) => {
    let finished = false;
    function finish(end: GuestEnd): void {
      if (finished) return;
      finished = true;
      watchdog?.stop();
      if (server !== undefined) server.close();
      else mapping?.unmap();
      messages.close();
      for (const device of devices) device.close();
      if (made.length > 0) cached?.keep(made);
      cached?.close();
      onPhase('exit', process.hrtime.bigint());
      resolve(reason ?? end);
    }
    leaveNow = (status) => {
      // It announced its exit, and need not take its time.
      child.kill();
      finish({ kind: 'exit', status: status & 0xff, message, stack });
    };
    child.onEnd((end) => {
      if ('failure' in end) {
        finish({ kind: 'ended', fault: 'host', message: `cannot start Node: ${end.failure}` });
        return;
      }
      const fatal = explainFatal(stderr, memory);
      message ??= fatal;
      if (fatal !== undefined && isAbort(end)) {
        finish({ kind: 'signal', signal: 'SIGABRT', message });
      } else if ('status' in end) finish({ kind: 'exit', status: end.status, message, stack });
      else finish(explainSignal(end, setting.cpuSeconds, message));
    });
  });
  return { ended, kill: () => child.kill() };
}

/** Refuses what cannot be had here: to do with less is the user's to decide. @throws {TenderError} */
function checkSetting({ sandbox, cpuSeconds }: ProcessSetting, { libc, missing }: Native): void {
  if (libc === undefined) {
    const remedy = '--sandbox=portable is for guests that you trust';
    if (sandbox === 'strict') throw new TenderError(`cannot jail the guest: ${missing}; ${remedy}`);
    if (cpuSeconds > 0) throw new TenderError(`cannot bound processor time (--cpu): ${missing}`);
  } else if (sandbox === 'strict' && !existsSync('/proc/self/maps')) {
    throw new TenderError(
      '/proc is not mounted, and the strict sandbox needs it: mount -t proc proc /proc; see --sandbox',
    );
  }
}

/** @throws {TenderError} */
function refuseNetworks(devices: readonly Device[]): void {
  const network = devices.find(({ queues }) => queues === 0);
  if (network === undefined) return;
  throw new TenderError(
    `Device '${network.name}': JavaScript guests have no network; unikernels have`,
  );
}

/** Runs JavaScript guests, each in a Node process of its own. */
export const nodeMonitor: Monitor<Script> = {
  warmUp(setting) {
    const native = findNative();
    checkSetting(setting, native);
    const child = spawnRuntime(setting, native);
    const spawned = process.hrtime.bigint();
    const closeMemoryFile = () => {
      if (child.memoryFd !== undefined) native.libc?.raw('close', child.memoryFd);
    };
    return {
      run(launch) {
        try {
          refuseNetworks(launch.devices);
        } catch (error) {
          child.kill();
          closeMemoryFile();
          for (const device of launch.devices) device.close();
          throw error;
        }
        launch.onPhase?.('spawn', spawned);
        const running = run(child, native, setting, launch);
        closeMemoryFile();
        return running;
      },
      abandon() {
        child.kill();
        closeMemoryFile();
      },
    };
  },
};
