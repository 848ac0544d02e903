import { setImmediate } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { ContentReader } from '../source/content.ts';
import type { ObjectList } from '../source/objects.ts';
import { DEFLATE_PIECE, deflatePieces } from './deflate.ts';
import type { PackWriter } from './writer.ts';

const PAUSE_AFTER_MS = 50;

/** Appends every object of a list, whole and in the list's order; memory stays below 16 MiB. */
export async function packWhole(
  objects: ObjectList,
  writer: PackWriter,
  level: number,
  onProgress?: (objectsDone: number) => void,
): Promise<void> {
  const reader = new ContentReader(objects);
  let pauseAt = performance.now() + PAUSE_AFTER_MS;
  for (let row = 0; row < objects.count; row++) {
    const size = objects.sizeOf(row);
    writer.append({
      oid: objects.oidOf(row),
      type: objects.typeOf(row),
      size,
      compressed:
        size <= DEFLATE_PIECE
          ? [deflateSync(reader.read(row), { level })]
          : deflatePieces(reader.pieces(row, DEFLATE_PIECE), level),
    });
    if (performance.now() > pauseAt) {
      onProgress?.(row + 1);
      await setImmediate();
      pauseAt = performance.now() + PAUSE_AFTER_MS;
    }
  }
}
