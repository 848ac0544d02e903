import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HostError } from '../../base/errors.ts';
import { SyscallError } from '../../native/libc.ts';
import type { ProcessSetting } from '../monitor.ts';
import type { Native } from './native.ts';
import { nodeFlags } from './node-flags.ts';
import { type RuntimeProcess, startByKernel, startByNode } from './runtime-process.ts';

/** The runtime's bundle, from the tender's own bundle, from the library in dist, or from source. */
function findRuntime(): string {
  const places = ['../runtime/guest-runtime.cjs', '../../../runtime/guest-runtime.cjs'];
  const files = [...places, '../../../dist/runtime/guest-runtime.cjs'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new HostError(`${files[0]}: no runtime; is docteur built?`);
  return found;
}

/** What the guest's process reads before it is jailed, itself apart. @throws {HostError} */
export function confinedFiles({ koffi }: Native): string[] {
  return [findRuntime(), ...koffi.slice(0, 1)];
}

/**
 * Starts Node with the runtime: an empty environment, and no descriptors but the console, stderr (a
 * pipe) and the channel.
 * @param native with it, a process starts faster, and can be confined
 * @throws {HostError}
 */
export function spawnRuntime(setting: ProcessSetting, native: Native): RuntimeProcess {
  const { sandbox, consoleFd, cpuSeconds } = setting;
  const { libc } = native;
  const runtime = findRuntime();
  const command = {
    args: nodeFlags(runtime, setting),
    consoleFd,
    confined: sandbox === 'strict',
    files: confinedFiles(native),
    cpuSeconds,
  };
  if (libc === undefined) return startByNode(command);
  try {
    return startByKernel(libc, command);
  } catch (error) {
    if (error instanceof SyscallError) throw new HostError(`cannot start Node: ${error.message}`);
    throw error;
  }
}
