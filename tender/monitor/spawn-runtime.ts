import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HostError } from '../block/block-device.ts';
import type { ProcessSetting } from './monitor.ts';
import { nodeFlags } from './node-flags.ts';

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

/**
 * Starts Node with the runtime: an empty environment, and no descriptors but the console, stderr (a
 * pipe) and the channel.
 * @throws {HostError}
 */
export function spawnRuntime({ memory, sandbox, consoleFd }: ProcessSetting): ChildProcess {
  const child = spawn(process.execPath, nodeFlags(findRuntime(), memory, sandbox), {
    env: {},
    cwd: '/',
    // A session of its own: a terminal's signals are for the tender, and so is the terminal.
    detached: true,
    stdio: ['ignore', consoleFd, 'pipe', 'pipe'],
  });
  // What Node leaves out where there are no descriptors for the pipes; the event follows.
  if ((child.stdio as unknown) === undefined) {
    child.on('error', () => {});
    throw new HostError('cannot start Node: too many open files');
  }
  return child;
}
