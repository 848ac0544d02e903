import { writeSync } from 'node:fs';
import { HostError } from '../../base/errors.ts';
import { POLLOUT } from '../../native/constants.ts';
import type { Libc } from '../../native/libc.ts';
import { createPoller } from './poll.ts';

/** Bytes written before the event loop gets a turn. */
const SLICE = 2 ** 20;
/** A writable pipe has room for at least this much. */
const PIECE = 4096;
const FOREVER = 2n ** 62n;

/** The reader of the console is gone. */
export class ConsoleGone extends Error {
  override readonly name = 'ConsoleGone';
}

/** A guest's console. */
export interface Console {
  /**
   * Writes all of it. Another thread waits for a slow reader.
   * @throws {ConsoleGone} (or rejects) where nobody reads any more
   * @throws {HostError} (or rejects) where it cannot be written
   */
  write(bytes: Uint8Array<ArrayBuffer>): undefined | Promise<undefined>;
  close(): void;
}

/** @returns bytes written; 0 if the reader must be waited for */
function writePiece(fd: number, bytes: Uint8Array<ArrayBuffer>): number {
  try {
    return writeSync(fd, bytes, 0, Math.min(bytes.length, PIECE));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN' || code === 'EINTR') return 0;
    if (code === 'EPIPE') throw new ConsoleGone('stdout is closed');
    throw new HostError(`stdout: ${message}`, { cause: error });
  }
}

/** The console that is written to a descriptor, which stays the caller's. */
export function openConsole(libc: Libc, fd: number): Console {
  const poller = createPoller(libc, [fd], POLLOUT);
  let open = true;
  return {
    write(bytes) {
      let rest = bytes;
      const goOn = (): undefined | Promise<undefined> => {
        const end = Math.max(0, rest.length - SLICE);
        while (open && rest.length > end) {
          const ready = poller.wait(0n) as readonly number[];
          if (ready.length > 0) rest = rest.subarray(writePiece(fd, rest));
          else {
            return Promise.resolve(poller.wait(FOREVER)).then(goOn);
          }
        }
        if (!open || rest.length === 0) return undefined;
        return new Promise((resolve) => setImmediate(resolve)).then(goOn);
      };
      return goOn();
    },
    close() {
      open = false;
      poller.close();
    },
  };
}
