import { getSystemErrorMap } from 'node:util';
import { findKoffi } from '../../tender/native/koffi.ts';
import { type Libc, loadLibc } from '../../tender/native/libc.ts';
import { describeSystemError, isSystemError, ToolError } from '../base/errors.ts';
import { mountByProgram } from './fusermount.ts';
import { type MountPlace, mountByCall } from './mount-call.ts';

const EPERM = 1;
const HOW =
  'mounting takes root, fusermount3 (Debian: apt-get install fuse3), or a namespace: unshare -rm';

/** The kernel, through koffi. @throws ToolError UNAVAILABLE */
export function loadKernel(): Libc {
  try {
    return loadLibc(findKoffi(import.meta.url));
  } catch (error) {
    const words = `mounting needs Linux and the package koffi: ${describeSystemError(error)}`;
    throw new ToolError('UNAVAILABLE', words, error);
  }
}

/**
 * Mounts, by whichever way this user may: gives the open /dev/fuse, on which the kernel begins to ask at once.
 * @throws ToolError UNAVAILABLE that says how it would work
 */
export async function openFuse(libc: Libc, place: MountPlace): Promise<number> {
  let refusal: string;
  try {
    const mounted = mountByCall(libc, place);
    if ('fd' in mounted) return mounted.fd;
    refusal = getSystemErrorMap().get(-mounted.errno)?.[1] ?? `error ${mounted.errno}`;
    if (mounted.errno !== EPERM) {
      throw new ToolError('UNAVAILABLE', `cannot mount on ${place.directory}: ${refusal}`);
    }
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'EACCES', 'EPERM', 'ENODEV', 'ENXIO')) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO') {
      const words =
        'this system has no /dev/fuse: load the module fuse, or pass the device to the container';
      throw new ToolError('UNAVAILABLE', words);
    }
    refusal = `/dev/fuse: ${describeSystemError(error)}`;
  }
  const fd = await mountByProgram(libc, place);
  if (fd !== undefined) return fd;
  throw new ToolError('UNAVAILABLE', `cannot mount on ${place.directory}: ${refusal}; ${HOW}`);
}
