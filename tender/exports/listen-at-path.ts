import { TenderError } from '../base/errors.ts';
import { type Libc, SyscallError } from '../native/libc.ts';
import { listenUnix } from '../native/message-socket.ts';
import { removeStaleSocket } from './stale-socket.ts';

/** Whoever may connect reads the images: only the user who starts the server. */
const MASK = 0o177;

/**
 * A unix socket that listens at a path: its descriptor, which libuv knows nothing of.
 * @throws {TenderError} (rejects) where another server listens there, or nobody can
 */
export async function listenAtPath(libc: Libc, path: string): Promise<number> {
  await removeStaleSocket(path);
  const mask = process.umask(MASK);
  try {
    return listenUnix(libc, path);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new TenderError(`cannot listen at ${path}: ${error.message}`);
  } finally {
    process.umask(mask);
  }
}
