import { DEFAULT_LIMITS, type Idx, type Limits, openImage } from '#format';
import { createHostInflater } from '#format/host';
import { FileSink } from '../files/file-sink.ts';
import { fileSource } from '../files/file-source.ts';
import type { ObjectList } from '../source/objects.ts';
import { encodePathIndex } from './encode.ts';
import { loadIdx } from './load-idx.ts';
import { readObjectSizes } from './object-sizes.ts';
import { sectionBlockSize } from './place.ts';

/** What was written: sizes in bytes. */
export interface PathIndexSize {
  readonly size: number;
  readonly paths: number;
}

/**
 * Appends a path index to the image, without one, that the open file `fd` holds.
 * @param known the objects of the image, if they are at hand: it saves reading their sizes
 * @throws FormatError; part of the index may then stand after the image
 */
export function appendPathIndex(
  fd: number,
  path: string,
  known?: ObjectList,
  limits: Limits = DEFAULT_LIMITS,
): PathIndexSize {
  const source = fileSource(fd, path);
  const image = openImage(source, limits);
  const loaded = loadIdx(image);
  const inflater = createHostInflater();
  const sizes =
    known === undefined
      ? readObjectSizes(image, loaded.idx, inflater)
      : sizesByRank(known, loaded.idx);
  const blockSize = sectionBlockSize(image.idxOffset, source.size);
  const sink = new FileSink(fd, source.size);
  const written = encodePathIndex({ image, loaded, sizes, blockSize, inflater, limits }, (block) =>
    sink.write(block),
  );
  sink.flush();
  return written;
}

function sizesByRank(objects: ObjectList, idx: Idx): Float64Array {
  const sizes = new Float64Array(idx.count);
  for (let row = 0; row < objects.count; row++) {
    const rank = idx.find(objects.oidOf(row));
    if (rank !== undefined) sizes[rank] = objects.sizeOf(row);
  }
  return sizes;
}
