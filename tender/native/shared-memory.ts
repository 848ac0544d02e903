import { ftruncateSync } from 'node:fs';
import {
  F_ADD_SEALS,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
} from './constants.ts';
import type { Libc, SharedMapping } from './libc.ts';

const SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW;

/**
 * Makes an empty memory file: its descriptor, which no program inherits by itself.
 * @returns undefined where the system refuses memory files
 */
export function createMemoryFile(libc: Libc): number | undefined {
  const name = new Uint8Array(16);
  new TextEncoder().encodeInto('docteur', name);
  const fd = libc.raw('memfd_create', libc.keep(name), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return fd < 0 ? undefined : fd;
}

/**
 * Sets the size of a memory file for good, and maps it. Without the seals, another process that has the file
 * could truncate it, and this one would die of a bus error.
 */
export function mapSealed(libc: Libc, fd: number, size: number): SharedMapping {
  ftruncateSync(fd, size);
  libc.call('fcntl', fd, F_ADD_SEALS, SEALS);
  return libc.mapShared(fd, size);
}
