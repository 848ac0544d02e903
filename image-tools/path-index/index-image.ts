import {
  completeLimits,
  DEFAULT_LIMITS,
  FormatError,
  type Image,
  type ImageOffset,
  type Limits,
  openImage,
  paddingAfter,
} from '#format';
import { ToolError } from '../base/errors.ts';
import { checkImagePath, checkLimits } from '../base/option-check.ts';
import { detectFormat } from '../disk/disk-format.ts';
import { FileSink } from '../files/file-sink.ts';
import { openFileSource } from '../files/file-source.ts';
import { replaceFile } from '../files/output-file.ts';
import { appendPathIndex } from './append.ts';
import { loadIdx } from './load-idx.ts';
import { pathIndexOffset, sectionBlockSize } from './place.ts';

/** How to index an image. */
export interface IndexOptions {
  /** Bounds on what the image may ask for; DEFAULT_LIMITS where absent. */
  readonly limits?: Partial<Limits> | undefined;
}

/** An image that has a path index now; sizes in bytes. */
export interface IndexResult {
  readonly paths: number;
  readonly indexSize: number;
  readonly imageSize: number;
  /** Whether an older index was replaced. */
  readonly renewed: boolean;
  readonly seconds: number;
}

const PIECE = 0x100000;

/**
 * Adds a path index to an image, or replaces the one that it has. The bytes before it do not change; the
 * image is replaced as a whole, or not at all. The index is made from the trees; {@link verifyImage} checks these.
 * @throws FormatError the image is not sound; ToolError NO_INPUT, REFUSED (another format than raw),
 * CANNOT_CREATE, IO, USAGE
 */
export async function indexImage(path: string, options: IndexOptions = {}): Promise<IndexResult> {
  checkImagePath(path);
  checkLimits(options.limits, DEFAULT_LIMITS);
  const startedAt = performance.now();
  const limits = completeLimits(options.limits);
  const format = detectFormat(path);
  if (format !== 'raw') {
    throw new ToolError('REFUSED', `${path}: a ${format} disk: an index is added to a raw image`);
  }
  const source = openFileSource(path);
  try {
    const image = openImage(source, limits);
    const end = endWithoutIndex(image, image.idxOffset + loadIdx(image).size);
    let result: IndexResult | undefined;
    await replaceFile(path, (fd) => {
      const sink = new FileSink(fd);
      for (let at = 0; at < end; at = sink.position) {
        const piece = source.window(at, Math.min(PIECE, end - at));
        if (piece.length === 0)
          throw new FormatError('TRUNCATED', 'the image shrank while it was read');
        sink.write(piece.subarray(0, end - at));
      }
      sink.flush();
      const { size, paths } = appendPathIndex(fd, path, undefined, limits);
      const seconds = (performance.now() - startedAt) / 1000;
      const renewed = end < source.size;
      result = { paths, indexSize: size, imageSize: end + size, renewed, seconds };
    });
    return result as IndexResult;
  } finally {
    source.close();
  }
}

/** Where the image without its path index ends. Unknown bytes after the IDX are kept, before the new index. */
function endWithoutIndex({ source, idxOffset }: Image, idxEnd: ImageOffset): ImageOffset {
  try {
    return pathIndexOffset(source, idxEnd) ?? source.size;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // A damaged one: it begins after the padding, whose block size divides both of these.
    return idxEnd + paddingAfter(idxEnd, sectionBlockSize(idxOffset, source.size));
  }
}
