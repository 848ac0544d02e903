import { FormatError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { ImageOffset } from '../base/offsets.ts';
import { type ByteSource, partOfSource, readExact } from '../bytes/byte-source.ts';
import type { Oid } from '../git/oid.ts';
import { decodePackHeader, PACK_HEADER_SIZE, PACK_TRAILER_SIZE } from '../git/pack-header.ts';
import { Idx } from '../idx/idx.ts';
import { IDX_MIN_SIZE } from '../idx/idx-layout.ts';
import { decodeSuperblock, SUPERBLOCK_SIZE } from './superblock.ts';

/** An image up to its PACK; nothing of its objects has been read yet. */
export interface ImagePack {
  /** The whole image. */
  readonly source: ByteSource;
  /** The commit that it holds. */
  readonly commit: Oid;
  readonly idxOffset: ImageOffset;
  /**
   * PACK and padding: its offsets are PACK offsets, and nothing after the padding can be read
   * through it. Where the PACK ends in it, only its entries tell.
   */
  readonly pack: ByteSource;
  readonly objectCount: number;
}

/** An image whose geometry has been checked; nothing of its objects has been read yet. */
export interface Image extends ImagePack {
  /** The IDX and all that follows; offsets count from the start of the IDX. */
  readonly idxSource: ByteSource;
  readonly idx: Idx;
}

const PACK_MIN_SIZE = PACK_HEADER_SIZE + PACK_TRAILER_SIZE;

/**
 * Decodes superblock and PACK header, and checks that they fit the size of the image. The IDX is
 * not read: for callers that do not need it.
 * @throws FormatError TRUNCATED, BAD_SUPERBLOCK, BAD_PACK, LIMIT
 */
export function openPack(source: ByteSource, limits: Limits): ImagePack {
  if (source.size < SUPERBLOCK_SIZE + PACK_MIN_SIZE + IDX_MIN_SIZE) {
    throw new FormatError('TRUNCATED', `too small for an image: ${source.size} bytes`);
  }
  const head = readExact(source, 0, SUPERBLOCK_SIZE + PACK_HEADER_SIZE);
  // The magic first: of a file that is no image, it says the most.
  const objectCount = decodePackHeader(head.subarray(SUPERBLOCK_SIZE));
  const { commit, idxOffset } = decodeSuperblock(head);
  if (idxOffset < SUPERBLOCK_SIZE + PACK_MIN_SIZE) {
    throw new FormatError('BAD_SUPERBLOCK', 'the IDX begins before the PACK ends', {
      offset: idxOffset,
    });
  }
  if (idxOffset > source.size - IDX_MIN_SIZE) {
    throw new FormatError('TRUNCATED', `the IDX lies outside the image of ${source.size} bytes`, {
      offset: idxOffset,
    });
  }
  if (objectCount > limits.maxObjects) {
    throw new FormatError('LIMIT', `${objectCount} objects, at most ${limits.maxObjects} allowed`);
  }
  const pack = partOfSource(source, SUPERBLOCK_SIZE, idxOffset);
  return { source, commit, idxOffset, pack, objectCount };
}

/**
 * Decodes the IDX header too, and checks that it fits the rest.
 * @throws FormatError TRUNCATED, BAD_IDX
 */
export function openIdx(opened: ImagePack): Image {
  const { source, idxOffset, pack, objectCount } = opened;
  const idxSource = partOfSource(source, idxOffset, source.size);
  const idx = new Idx(idxSource, pack.size);
  if (idx.count !== objectCount) {
    throw new FormatError('BAD_IDX', `${idx.count} objects in the IDX, ${objectCount} in the PACK`);
  }
  return { ...opened, idxSource, idx };
}

/**
 * The same without reading the IDX: its header is checked when a look-up first needs it.
 * @throws FormatError TRUNCATED, BAD_IDX
 */
export function openIdxLater(opened: ImagePack): Image {
  const { source, idxOffset, pack, objectCount } = opened;
  const idxSource = partOfSource(source, idxOffset, source.size);
  return { ...opened, idxSource, idx: new Idx(idxSource, pack.size, objectCount) };
}

/**
 * Decodes superblock, PACK header and IDX header, and checks that they fit each other and the size
 * of the image. Reads less than 2 KiB.
 * @throws FormatError TRUNCATED, BAD_SUPERBLOCK, BAD_PACK, BAD_IDX, LIMIT
 */
export function openImage(source: ByteSource, limits: Limits): Image {
  return openIdx(openPack(source, limits));
}
