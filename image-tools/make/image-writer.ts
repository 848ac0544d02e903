import { createHash } from 'node:crypto';
import { encodeIdx, encodeSuperblock, type Oid, paddingAfter, SUPERBLOCK_SIZE } from '#format';
import { FileSink } from '../files/file-sink.ts';
import { readPieces } from '../files/file-source.ts';
import { PackWriter } from '../pack/writer.ts';

/** Sizes of the parts of an image that was written, in bytes. */
export interface ImageSizes {
  readonly pack: number;
  readonly idx: number;
  /** 0 if there is none. */
  readonly pathIndex: number;
  readonly image: number;
}

/**
 * Writes an image into the open, empty file `fd`: `pack` appends the `objectCount` entries. The
 * superblock comes last, so that a file cut short is no image. What was appended may still be in memory until
 * `pack` calls `flush`.
 */
export async function writeImage(
  fd: number,
  commit: Oid,
  objectCount: number,
  blockSize: number,
  pack: (writer: PackWriter, flush: () => void) => void | Promise<void>,
): Promise<ImageSizes> {
  const sink = new FileSink(fd, SUPERBLOCK_SIZE);
  const writer = new PackWriter(sink, objectCount);
  await pack(writer, () => sink.flush());
  const checksum = writer.finish();
  return finishImage(fd, sink, commit, blockSize, function* () {
    yield* encodeIdx(writer.entries, checksum, () => createHash('sha1'));
  });
}

/** Writes an image of a PACK and its IDX as they are, both being git's own work. */
export function writeImageFrom(
  fd: number,
  commit: Oid,
  blockSize: number,
  packFile: string,
  idxFile: string,
): ImageSizes {
  const sink = new FileSink(fd, SUPERBLOCK_SIZE);
  for (const piece of readPieces(packFile)) sink.write(piece);
  return finishImage(fd, sink, commit, blockSize, () => readPieces(idxFile));
}

function finishImage(
  fd: number,
  sink: FileSink,
  commit: Oid,
  blockSize: number,
  idxPieces: () => Iterable<Uint8Array>,
): ImageSizes {
  const pack = sink.position - SUPERBLOCK_SIZE;
  sink.write(new Uint8Array(paddingAfter(sink.position, blockSize)));
  const idxOffset = sink.position;
  for (const piece of idxPieces()) sink.write(piece);
  const idx = sink.position - idxOffset;
  sink.write(new Uint8Array(paddingAfter(sink.position, blockSize)));
  sink.flush();
  const head = new FileSink(fd);
  head.write(encodeSuperblock({ commit, idxOffset }));
  head.flush();
  return { pack, idx, pathIndex: 0, image: sink.position };
}
