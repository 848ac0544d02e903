import { closeSync, fstatSync, ftruncateSync } from 'node:fs';
import {
  F_ADD_SEALS,
  F_GET_SEALS,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
} from './constants.ts';
import type { Libc, SharedMapping } from './libc.ts';

const SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW;

/** Makes a memory file of fixed size: sealed, so that nobody can cut it under the other's feet. */
export function createMemoryFile(libc: Libc, size: number): number {
  const name = new Uint8Array(16);
  new TextEncoder().encodeInto('docteur', name);
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const fd = libc.call('memfd_create', libc.keep(name), flags);
  ftruncateSync(fd, size);
  libc.call('fcntl', fd, F_ADD_SEALS, SEALS);
  return fd;
}

/** Maps a memory file that another process made and sealed; closes the descriptor. */
export function mapMemoryFile(libc: Libc, fd: number, size: number): SharedMapping {
  try {
    // Without the seals, its owner could make this process die of a bus error.
    const seals = libc.call('fcntl', fd, F_GET_SEALS);
    if ((seals & SEALS) !== SEALS) throw new Error('the shared memory is not sealed');
    // The same for pages behind its end.
    if (fstatSync(fd).size < size) throw new Error('the shared memory is too small');
    return libc.mapShared(fd, size);
  } finally {
    closeSync(fd);
  }
}
