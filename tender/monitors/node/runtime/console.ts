import { writeSync } from 'node:fs';

const CONSOLE_FD = 1;
const sleepCell = new Int32Array(new SharedArrayBuffer(4));
const { wait } = Atomics;

/** The reader of the console is gone. As in a pipeline of a shell, the writer ends too. */
export class ConsoleClosed extends Error {
  override readonly name = 'ConsoleClosed';
}

/** The console cannot be written, because of a full disk for example. Continuing would lose output. */
export class ConsoleFailed extends Error {
  override readonly name = 'ConsoleFailed';
}

/**
 * Writes all bytes to the console, which is the tender's own stdout. It may be a pipe that somebody
 * made non-blocking: then this waits a little and tries again.
 * @throws {ConsoleClosed | ConsoleFailed}
 * @throws {TypeError} where `bytes` are none
 */
export function writeConsole(bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(CONSOLE_FD, bytes, written, bytes.length - written, null);
    } catch (error) {
      const { code, errno, message } = error as NodeJS.ErrnoException;
      if (errno === undefined) throw error;
      // The error of a socket whose reader left something unread.
      if (code === 'EPIPE' || code === 'ECONNRESET') throw new ConsoleClosed();
      if (code !== 'EAGAIN') throw new ConsoleFailed(message);
      wait(sleepCell, 0, 0, 1);
    }
  }
}
