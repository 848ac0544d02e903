import { readSync, writeSync } from 'node:fs';
import { isSystemError } from '../base/errors.ts';

/** The longest request is that of many forgotten nodes; the kernel cuts it to fit. */
const REQUEST_BYTES = 64 * 1024;
/** A header, and the pages of one READ. */
const REPLY_BYTES = 16 + 2 ** 20;

/**
 * Answers what the kernel asks on an open /dev/fuse, one request after the other, until the file system is
 * unmounted. This thread sleeps in read(2) meanwhile.
 * @param handle see `FuseServer.handle`
 */
export function serveLoop(
  fd: number,
  handle: (request: Uint8Array, reply: Uint8Array) => number,
): void {
  const request = new Uint8Array(REQUEST_BYTES);
  const reply = new Uint8Array(REPLY_BYTES);
  for (;;) {
    let length: number;
    try {
      length = readSync(fd, request);
    } catch (error) {
      if (isSystemError(error, 'ENODEV')) return;
      // The request that was read is void: its process was ended.
      if (isSystemError(error, 'EINTR', 'EAGAIN', 'ENOENT')) continue;
      throw error;
    }
    const written = handle(request.subarray(0, length), reply);
    if (written === 0) continue;
    try {
      writeSync(fd, reply, 0, written);
    } catch (error) {
      if (isSystemError(error, 'ENODEV')) return;
      // Nobody waits for this answer any more.
      if (!isSystemError(error, 'ENOENT', 'EINTR')) throw error;
    }
  }
}
