import { createHash } from 'node:crypto';
import { encodeIdx, encodeSuperblock, type Oid, paddingAfter, SUPERBLOCK_SIZE } from '#format';
import { FileSink } from './pack/file-sink.ts';
import { PackWriter } from './pack/writer.ts';

/** Sizes of the parts of an image that was written, in bytes. */
export interface ImageSizes {
  readonly pack: number;
  readonly idx: number;
  readonly image: number;
}

/**
 * Writes an image into the open, empty file `fd`: `pack` appends the `objectCount` entries. The
 * superblock comes last, so that a file cut short is no image.
 */
export async function writeImage(
  fd: number,
  commit: Oid,
  objectCount: number,
  blockSize: number,
  pack: (writer: PackWriter) => void | Promise<void>,
): Promise<ImageSizes> {
  const sink = new FileSink(fd, SUPERBLOCK_SIZE);
  const writer = new PackWriter(sink, objectCount);
  await pack(writer);
  const checksum = writer.finish();
  sink.write(new Uint8Array(paddingAfter(sink.position, blockSize)));
  const idxOffset = sink.position;
  for (const piece of encodeIdx(writer.entries, checksum, () => createHash('sha1'))) {
    sink.write(piece);
  }
  const idxEnd = sink.position;
  sink.write(new Uint8Array(paddingAfter(idxEnd, blockSize)));
  sink.flush();
  const head = new FileSink(fd);
  head.write(encodeSuperblock({ commit, idxOffset }));
  head.flush();
  return { pack: writer.packOffset, idx: idxEnd - idxOffset, image: sink.position };
}
