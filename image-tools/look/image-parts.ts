import {
  type Commit,
  DEFAULT_LIMITS,
  decodeCommit,
  equalBytes,
  FormatError,
  type Idx,
  type Image,
  MAX_BLOCK_SIZE,
  OBJECT_COMMIT,
  oidToHex,
  openImage,
  PACK_TRAILER_SIZE,
  readExact,
} from '#format';
import { createHostInflater } from '#format/host';
import { ObjectReader } from '#reader';
import { type ImagePlace, openImageSource } from '../open/open-image.ts';
import { loadIdx } from '../path-index/load-idx.ts';

/** An image by its parts, for whoever looks at more than its files. Close it when done. */
export interface ImageParts {
  readonly image: Image;
  /** In memory. */
  readonly idx: Idx;
  /** The whole IDX, without what follows. */
  readonly idxBytes: Uint8Array;
  /** The SHA-1 at the end of the PACK, as the IDX has it. */
  readonly packChecksum: Uint8Array;
  /** Bytes of the PACK without its padding. */
  readonly packSize: number;
  readonly commit: Commit;
  close(): void;
}

const CACHE_BYTES = 2 ** 20;

/** Opens the parts of an image. @throws FormatError; ToolError NO_INPUT, IO */
export function openImageParts(place: ImagePlace): ImageParts {
  const source = openImageSource(place);
  try {
    const image = openImage(source, DEFAULT_LIMITS);
    const { idx, bytes, packChecksum } = loadIdx(image);
    const objects = new ObjectReader(image.pack, {
      inflater: createHostInflater(),
      limits: DEFAULT_LIMITS,
      cacheBytes: CACHE_BYTES,
      lookUp: (oid) => idx.lookUp(oid),
    });
    const at = idx.lookUp(image.commit);
    if (at === undefined) {
      const oid = oidToHex(image.commit);
      throw new FormatError('MISSING_OBJECT', 'the commit is not in the PACK', { oid });
    }
    const commit = decodeCommit(objects.readContent(at, OBJECT_COMMIT, image.commit));
    const packSize = findPackEnd(image, packChecksum);
    const close = () => source.close();
    return { image, idx, idxBytes: bytes, packChecksum, packSize, commit, close };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The end of the PACK: after its checksum, before the zeros that fill a block. */
function findPackEnd({ pack }: Image, checksum: Uint8Array): number {
  const room = Math.min(pack.size, MAX_BLOCK_SIZE + PACK_TRAILER_SIZE);
  const start = pack.size - room;
  const tail = readExact(pack, start, room);
  let end = tail.length;
  // Zeros at the end of the checksum itself look like padding.
  while (end > 0 && tail[end - 1] === 0) end -= 1;
  for (; end <= tail.length; end++) {
    if (
      end >= PACK_TRAILER_SIZE &&
      equalBytes(tail.subarray(end - PACK_TRAILER_SIZE, end), checksum)
    ) {
      return start + end;
    }
  }
  throw new FormatError('BAD_PACK', 'the PACK does not end with the checksum that the IDX has');
}
