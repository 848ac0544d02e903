import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { QUEUE_STRIDE } from '#abi';
import { HostError } from '../block/block-device.ts';
import { describeBlockDevice } from '../virtio/block-executor.ts';
import type { BootConfig, RuntimeEvent } from './boot.ts';
import { CHANNEL_FD } from './boot.ts';
import { explainFatal } from './fatal-output.ts';
import { FrameKind } from './frame.ts';
import { sendMessage, serveMessages } from './message-server.ts';
import type { GuestEnd, GuestLaunch, Monitor, RunningGuest } from './monitor.ts';
import { nodeFlags } from './node-flags.ts';

/** Of what the guest's process writes to its stderr, as much is kept, in bytes. */
const MAX_STDERR = 64 * 1024;
/** Shared memory per guest in bytes, queues apart: the caches of its block drivers lie there. */
const SHARED_HEAP = 32 * 1024 * 1024;

/** The runtime's bundle, from the tender's own bundle, from the library in dist, or from source. */
function findRuntime(): string {
  const places = ['../runtime/guest-runtime.cjs', '../../runtime/guest-runtime.cjs'];
  const files = [...places, '../../dist/runtime/guest-runtime.cjs'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new HostError(`${files[0]}: no runtime; is docteur built?`);
  return found;
}

function encodeBoot(config: BootConfig, source: string): Uint8Array {
  return Buffer.from(`${JSON.stringify(config)}\0${source}`);
}

/** Makes text that a guest had a hand in harmless for a terminal, and one line. */
function cleanText(text: unknown): string {
  return String(text)
    .slice(0, 4000)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}

function start(launch: GuestLaunch): RunningGuest {
  const { devices, memory, sandbox, onPhase, onMessage, onLog } = launch;
  const child = spawn(process.execPath, nodeFlags(findRuntime(), memory, sandbox), {
    env: {},
    cwd: '/',
    // A session of its own: a terminal's signals are for the tender, and so is the terminal.
    detached: true,
    stdio: ['ignore', launch.consoleFd, 'pipe', 'pipe'],
  });
  onPhase?.('spawn', process.hrtime.bigint());
  const channel = child.stdio[CHANNEL_FD] as Duplex;
  let reason: GuestEnd | undefined;
  let message: string | undefined;
  let stderr = '';

  function kill(): void {
    child.kill('SIGKILL');
  }
  function endGuest(fault: 'guest' | 'host', why: string): void {
    reason ??= { kind: 'ended', fault, message: why };
    kill();
  }
  function onEvent(event: RuntimeEvent): void {
    if (event.event === 'phase') onPhase?.(cleanText(event.phase), BigInt(event.at));
    else if (event.event === 'log') onMessage?.(cleanText(event.message));
    else if (event.event === 'uncaught') message = cleanText(event.message);
    else endGuest('guest', `the guest broke its queue: ${cleanText(event.message)}`);
  }

  serveMessages({
    channel,
    devices,
    onEvent,
    onFailure(error) {
      if (error instanceof HostError) endGuest('host', error.message);
      else endGuest('guest', `the guest broke the protocol: ${cleanText(error.message)}`);
    },
  });
  const config: BootConfig = {
    arguments: launch.arguments,
    memorySize: SHARED_HEAP + devices.length * QUEUE_STRIDE,
    devices: devices.map(({ name, device }) => {
      const { features, config: space } = describeBlockDevice(device);
      return { name, features, config: [...space] };
    }),
    sandbox,
    timing: onPhase !== undefined,
  };
  sendMessage(channel, FrameKind.BOOT, encodeBoot(config, launch.source));
  child.stderr?.on('data', (chunk: Buffer) => {
    if (stderr.length < MAX_STDERR) stderr += chunk.toString('latin1');
    for (const line of chunk.toString().split('\n')) if (line !== '') onLog?.(cleanText(line));
  });

  const ended = new Promise<GuestEnd>((resolve) => {
    function finish(end: GuestEnd): void {
      for (const { device } of devices) device.close();
      onPhase?.('exit', process.hrtime.bigint());
      resolve(reason ?? end);
    }
    child.on('error', (error) => {
      finish({ kind: 'ended', fault: 'host', message: `cannot start Node: ${error.message}` });
    });
    // 'close' waits for stderr and the channel too, which bring the reason for the end.
    child.on('close', (status, signal) => {
      if (signal !== null) {
        finish({ kind: 'signal', signal, message: message ?? explainFatal(stderr, memory) });
      } else {
        finish({
          kind: 'exit',
          status: status ?? 0,
          message: message ?? explainFatal(stderr, memory),
        });
      }
    });
  });
  return { ended, kill };
}

/** Runs JavaScript guests, each in a Node process of its own. */
export const nodeMonitor: Monitor = { start };
