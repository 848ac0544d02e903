import type { ByteRanges } from '../byte-ranges.ts';
import { KEPT_BYTES, type KeptLines } from './kept-lines.ts';

/** Bytes that are kept, and from `ranges` those that are not: these are kept then. */
export function cachedRanges(ranges: ByteRanges, kept: KeptLines): ByteRanges {
  const { size } = ranges;
  return {
    size,
    async read(from, to) {
      const first = Math.floor(from / KEPT_BYTES);
      const end = Math.ceil(to / KEPT_BYTES);
      const lines = await Promise.all(
        Array.from({ length: end - first }, (_, i) => kept.get(first + i)),
      );
      const start = first * KEPT_BYTES;
      const bytes = new Uint8Array(Math.min(end * KEPT_BYTES, size) - start);
      const missing: Promise<void>[] = [];
      for (let i = 0; i < lines.length; i++) {
        const line = lines[i];
        if (line !== undefined) {
          bytes.set(line, i * KEPT_BYTES);
          continue;
        }
        const begin = i;
        while (i + 1 < lines.length && lines[i + 1] === undefined) i += 1;
        const at = start + begin * KEPT_BYTES;
        const fetched = ranges.read(at, Math.min(start + (i + 1) * KEPT_BYTES, size));
        missing.push(
          fetched.then((part) => {
            bytes.set(part, at - start);
            kept.put(first + begin, part);
          }),
        );
      }
      await Promise.all(missing);
      return bytes.subarray(from - start, to - start);
    },
  };
}
