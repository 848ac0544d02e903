import { findKoffi } from '../../native/koffi.ts';
import { type Libc, loadLibc } from '../../native/libc.ts';

/** Access to the kernel for this process, if koffi is installed. */
export interface Native {
  readonly koffi: readonly string[];
  readonly libc: Libc | undefined;
  /** Why there is no `libc`. */
  readonly missing?: string;
}

/** Loads koffi, and binds the C library by it. */
export function findNative(): Native {
  const koffi = findKoffi(import.meta.url);
  if (koffi.length === 0)
    return { koffi, libc: undefined, missing: 'koffi is not installed for this system' };
  try {
    return { koffi, libc: loadLibc(koffi) };
  } catch (error) {
    return { koffi, libc: undefined, missing: (error as Error).message };
  }
}
