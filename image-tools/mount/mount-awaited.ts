import type { ByteSource } from '#format';
import { MissingBytes, type MountOptions, mount } from '../../guest/reader/index.ts';
import { type AwaitedLines, NotAtHand } from '../../tender/fetcher/awaited-lines.ts';
import { waitForAll } from '../../tender/fetcher/open-awaited.ts';
import type { Libc } from '../../tender/native/libc.ts';

/** Bytes that another process fetches, as a source for readers. */
function sourceOf(lines: AwaitedLines): ByteSource {
  return {
    size: lines.size,
    window(offset, want) {
      try {
        return lines.window(offset, want);
      } catch (error) {
        if (error instanceof NotAtHand) throw new MissingBytes(error.offset, error.length);
        throw error;
      }
    },
    expect: (offset, want) => lines.expect(offset, want),
    prefetch: (extents) => lines.prefetch(extents),
  };
}

/**
 * The nodes of an image that another process fetches: to be used in calls of `lines`. Waits until they are there.
 * @throws FormatError, and HostError where bytes cannot be had
 */
export function mountAwaited(
  libc: Libc,
  lines: AwaitedLines,
  options: MountOptions,
): ReturnType<typeof mount> {
  return waitForAll(libc, lines, () => mount(sourceOf(lines), options));
}
