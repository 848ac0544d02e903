import { F_SETFL, O_NONBLOCK } from '../native/constants.ts';
import { Descriptors } from '../native/descriptors.ts';
import type { Libc } from '../native/libc.ts';
import { Poller } from '../native/poll.ts';
import { AwaitedLines } from './awaited-lines.ts';
import { FetchClient } from './fetch-client.ts';

/**
 * The bytes of an image that is fetched by another process.
 * @param fd see `Fetcher`
 * @param size of the image, in bytes
 * @param cacheBytes of what is kept
 */
export function openAwaited(
  libc: Libc,
  fd: number,
  size: number,
  cacheBytes: number,
): AwaitedLines {
  libc.call('fcntl', fd, F_SETFL, O_NONBLOCK);
  return new AwaitedLines(new FetchClient(new Descriptors(libc), fd), size, cacheBytes);
}

/**
 * Makes a call, and waits on this thread for all that it lacks: at a process's start, when there is nothing else to do.
 * @throws what it throws, and {@link HostError} where bytes cannot be had
 */
export function waitForAll<Result extends object>(
  libc: Libc,
  lines: AwaitedLines,
  action: () => Result,
): Result {
  const poller = new Poller(libc, 1);
  const call = lines.begin();
  try {
    for (;;) {
      const result = lines.attempt(call, action);
      if (result !== undefined) return result;
      while (!call.isReady) {
        poller.poll([lines.fd], true);
        lines.hear();
      }
    }
  } finally {
    lines.end(call);
  }
}
