import { createHash } from 'node:crypto';
import { encodeObjectPrefix, equalBytes, RESTART_SIZE } from '#format';
import type { ObjectList } from '../source/objects.ts';
import { combineAdler32 } from './adler32.ts';
import { ZLIB_HEADER, zlibTrailer } from './deflate-parts.ts';
import { ContentChangedError } from './errors.ts';
import { openContent } from './source-content.ts';
import type { DeflatePiece } from './tasks.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Reads the content of a row piece by piece; checks at its end that it still has the row's id. */
function* readPieces(objects: ObjectList, row: number): Generator<Uint8Array> {
  const size = objects.sizeOf(row);
  const hash = createHash('sha1').update(encodeObjectPrefix(objects.typeOf(row), size));
  const content = openContent(objects, row);
  try {
    for (let offset = 0; offset < size; ) {
      const piece = new Uint8Array(Math.min(RESTART_SIZE, size - offset));
      if (!content.read(piece, offset)) throw new ContentChangedError(objects, row);
      offset += piece.length;
      hash.update(piece);
      yield piece;
    }
  } finally {
    content.close();
  }
  if (!equalBytes(hash.digest(), objects.oidOf(row))) throw new ContentChangedError(objects, row);
}

/**
 * The zlib stream of content too large to be held, deflated in parts by several threads at once: each
 * begins afresh, so that it can be read without those before it. The stream is the same for any number of threads.
 * @throws ContentChangedError if the file is not any more what was hashed
 */
export async function* deflateLargeObject(
  objects: ObjectList,
  row: number,
  pool: WorkerPool,
  ahead: number,
): AsyncGenerator<Uint8Array> {
  yield ZLIB_HEADER;
  const size = objects.sizeOf(row);
  let adler = 1;
  const started: { length: number; result: Promise<DeflatePiece> }[] = [];
  let taken = 0;
  const finishFirst = async (): Promise<Uint8Array> => {
    const { length, result } = started.shift() as (typeof started)[number];
    const deflated = await result;
    adler = combineAdler32(adler, deflated.adler, length);
    return deflated.data;
  };
  try {
    for (const piece of readPieces(objects, row)) {
      taken += piece.length;
      const result = pool.run('deflate', { piece, last: taken === size });
      result.catch(() => undefined);
      started.push({ length: piece.length, result });
      if (started.length >= ahead) yield await finishFirst();
    }
  } catch (cause) {
    if (cause instanceof ContentChangedError) throw cause;
    throw new ContentChangedError(objects, row, cause);
  }
  while (started.length > 0) yield await finishFirst();
  yield zlibTrailer(adler);
}
