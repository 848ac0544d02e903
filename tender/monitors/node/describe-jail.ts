import { probeWalls } from '../../jail/confine.ts';
import { describeWalls } from '../../jail/walls.ts';
import { findNative } from './native.ts';
import { confinedFiles } from './spawn-runtime.ts';

/** Tries the walls of the strict sandbox on this machine, and describes them, one a line. */
export function describeJail(): string[] {
  const native = findNative();
  if (native.libc === undefined) return [`no strict sandbox: ${native.missing}`];
  try {
    const walls = probeWalls(native.libc, process.execPath, confinedFiles(native));
    return describeWalls(walls, process.geteuid?.() ?? -1);
  } catch (error) {
    return [`no strict sandbox: ${(error as Error).message}`];
  }
}
