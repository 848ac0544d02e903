import {
  type Commit,
  completeLimits,
  DEFAULT_LIMITS,
  FormatError,
  type Idx,
  type Limits,
  OBJECT_COMMIT,
  OBJECT_TREE,
  type ObjectType,
  oidToHex,
  openImage,
  PACK_TRAILER_SIZE,
  TYPE_NAMES,
} from '#format';
import { createHostInflater } from '#format/host';
import { checkImagePath, checkLimits, checkOption, isWholeNumber } from '../base/option-check.ts';
import { withRawDisk } from '../disk/disk-format.ts';
import { openFileSource } from '../files/file-source.ts';
import { loadIdx } from '../path-index/load-idx.ts';
import { pathIndexOffset } from '../path-index/place.ts';
import { verifyChecksums } from './checksums.ts';
import { findEnd, readEntryTable } from './entry-table.ts';
import { verifyIdx, verifyPadding } from './layout.ts';
import { verifyModuleMap } from './module-map.ts';
import { verifyPathIndex } from './path-index.ts';
import { Sweep } from './sweep.ts';
import { createSweepState } from './sweep-state.ts';
import { sweepThreads } from './sweep-threads.ts';

/** How to check an image. */
export interface VerifyOptions {
  /** Bounds on what the image may ask for; DEFAULT_LIMITS where absent. */
  readonly limits?: Partial<Limits> | undefined;
  /** How many threads check objects: as many as there are cores, four at most, where absent. */
  readonly threads?: number | undefined;
  /** Told now and then how many of the objects have been checked. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A sound image. */
export interface VerifyResult {
  /** The ids of the commit and its tree, in hexadecimal. */
  readonly commit: string;
  readonly root: string;
  /** The commit itself, decoded. */
  readonly details: Commit;
  readonly objects: number;
  readonly deltas: number;
  /** Sizes in bytes. */
  readonly packSize: number;
  readonly idxSize: number;
  readonly imageSize: number;
  /** Number of paths in the path index; undefined if the image has none. */
  readonly indexedPaths: number | undefined;
}

const MAX_THREADS = 256;

/**
 * Checks a whole image: its geometry and padding, every object's content against its id, every
 * CRC, the PACK's checksum, the IDX byte for byte against the one computed, that all that the
 * commit leads to is there and well formed, and the path index, if there is one, against the trees.
 * The image may be hostile: time and memory are bounded by its size and the limits. Disks in another
 * format than raw are unwrapped by qemu-img first.
 * @throws FormatError the image is not sound; ToolError NO_INPUT, IO, UNAVAILABLE (no qemu-img), USAGE
 */
export async function verifyImage(
  path: string,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  checkImagePath(path);
  checkLimits(options.limits, DEFAULT_LIMITS);
  checkOption(options, 'threads', `a whole number from 1 to ${MAX_THREADS}`, (value) =>
    isWholeNumber(value, 1, MAX_THREADS),
  );
  checkOption(options, 'onProgress', 'a function', (value) => typeof value === 'function');
  return withRawDisk(path, (rawPath) => verifyRawImage(rawPath, options));
}

async function verifyRawImage(path: string, options: VerifyOptions): Promise<VerifyResult> {
  const limits = completeLimits(options.limits);
  const source = openFileSource(path);
  let sweep: Sweep | undefined;
  try {
    const image = openImage(source, limits);
    const loaded = loadIdx(image);
    const { idx } = loaded;
    const table = readEntryTable(image, idx, limits.maxDeltaDepth);
    const inflater = createHostInflater();
    findEnd(image, table, inflater);
    const packSize = (table.packOffsets[table.count] as number) + PACK_TRAILER_SIZE;
    const threads = options.threads ?? sweepThreads(packSize);
    const { commit, pack } = image;
    const state = createSweepState({
      path,
      limits,
      commit,
      packSize: pack.size,
      idxBytes: loaded.bytes,
      table,
      threads,
    });
    sweep = new Sweep(state, threads - 1);
    const trailer = verifyChecksums(image, idx, table);
    const found = await sweep.finish({ onProgress: options.onProgress });
    const idxBytes = verifyIdx(image, idx, table, trailer);
    const indexOffset = pathIndexOffset(source, image.idxOffset + idxBytes);
    verifyPadding(image, packSize, idxBytes, indexOffset);
    const { types, sizes } = state.facts;
    expectObject(idx, commit, OBJECT_COMMIT, types);
    const details = found.commit as Commit;
    const root = expectObject(idx, details.tree, OBJECT_TREE, types);
    found.edges.verifyFrom(root, types, idx, limits.maxTreeDepth);
    const paths =
      indexOffset === undefined
        ? undefined
        : verifyPathIndex(source, indexOffset, { image, loaded, sizes, inflater, limits });
    if (paths !== undefined) verifyModuleMap(source, limits);
    return {
      commit: oidToHex(commit),
      root: oidToHex(details.tree),
      details,
      objects: table.count,
      deltas: table.children.length,
      packSize,
      idxSize: idxBytes,
      imageSize: image.source.size,
      indexedPaths: paths,
    };
  } finally {
    await sweep?.close();
    source.close();
  }
}

function expectObject(
  idx: Idx,
  oid: Uint8Array,
  type: ObjectType,
  objectTypes: Uint8Array,
): number {
  const row = idx.find(oid);
  if (row === undefined) {
    throw new FormatError('MISSING_OBJECT', `the ${TYPE_NAMES[type]} is not in the PACK`, {
      oid: oidToHex(oid),
    });
  }
  if (objectTypes[row] !== type) {
    throw new FormatError('WRONG_TYPE', `not a ${TYPE_NAMES[type]}`, { oid: oidToHex(oid) });
  }
  return row;
}
