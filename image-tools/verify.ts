import { setImmediate } from 'node:timers/promises';
import {
  type Commit,
  createInflater,
  DEFAULT_LIMITS,
  FormatError,
  type Idx,
  type Image,
  type Limits,
  OBJECT_COMMIT,
  OBJECT_TREE,
  type ObjectType,
  oidToHex,
  openImage,
  PACK_TRAILER_SIZE,
  TYPE_NAMES,
} from '#format';
import { openFileSource } from './file-source.ts';
import { loadIdx } from './load-idx.ts';
import { pathIndexOffset } from './path-index/place.ts';
import { verifyChecksums } from './verify/checksums.ts';
import { type EntryTable, NO_BASE, readEntryTable } from './verify/entry-table.ts';
import { FamilyWalker } from './verify/family-walker.ts';
import { verifyIdx, verifyPadding } from './verify/layout.ts';
import { ObjectChecker } from './verify/object-checker.ts';
import { verifyPathIndex } from './verify/path-index.ts';
import { TreeEdges } from './verify/tree-edges.ts';

export interface VerifyOptions {
  /** Bounds on what the image may ask for; DEFAULT_LIMITS where absent. */
  readonly limits?: Partial<Limits> | undefined;
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

const PAUSE_AFTER_MS = 50;

/**
 * Checks an image whole: its geometry and padding, every object's content against its id, every
 * CRC, the PACK's checksum, the IDX byte for byte against the one computed, that all that the
 * commit leads to is there and well formed, and the path index, if there is one, against the trees. The image may be hostile: time and memory are bounded
 * by its size and the limits.
 * @throws FormatError the image is not sound; ToolError NO_INPUT, IO
 */
export async function verifyImage(
  path: string,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const source = openFileSource(path);
  try {
    const image = openImage(source, limits);
    const loaded = loadIdx(image);
    const { idx } = loaded;
    const table = readEntryTable(image, idx, limits.maxDeltaDepth);
    const inflater = createInflater();
    findEnd(image, table, inflater);
    const packSize = (table.packOffsets[table.count] as number) + PACK_TRAILER_SIZE;
    const trailer = verifyChecksums(image, idx, table);
    const objectTypes = new Uint8Array(idx.count);
    const objectSizes = new Float64Array(idx.count);
    const edges = new TreeEdges();
    const walker = new FamilyWalker(image.pack, table, inflater, limits);
    const checker = new ObjectChecker(
      { idx, commit: image.commit },
      table,
      { types: objectTypes, sizes: objectSizes },
      edges,
      limits,
    );
    let deltas = 0;
    let pauseAt = performance.now() + PAUSE_AFTER_MS;
    for (let position = 0; position < table.count; position++) {
      if (table.bases[position] === NO_BASE) walker.walk(position, checker);
      else deltas += 1;
      if (performance.now() > pauseAt) {
        options.onProgress?.(position, table.count);
        await setImmediate();
        pauseAt = performance.now() + PAUSE_AFTER_MS;
      }
    }
    const idxBytes = verifyIdx(image, idx, table, trailer);
    const indexOffset = pathIndexOffset(source, image.idxOffset + idxBytes);
    verifyPadding(image, packSize, idxBytes, indexOffset);
    expectObject(idx, image.commit, OBJECT_COMMIT, objectTypes);
    const details = checker.commit as Commit;
    const root = expectObject(idx, details.tree, OBJECT_TREE, objectTypes);
    edges.verifyFrom(root, objectTypes, idx, limits.maxTreeDepth);
    const paths =
      indexOffset === undefined
        ? undefined
        : verifyPathIndex(source, indexOffset, {
            image,
            loaded,
            sizes: objectSizes,
            inflater,
            limits,
          });
    return {
      commit: oidToHex(image.commit),
      root: oidToHex(details.tree),
      details,
      objects: table.count,
      deltas,
      packSize,
      idxSize: idxBytes,
      imageSize: image.source.size,
      indexedPaths: paths,
    };
  } finally {
    source.close();
  }
}

/** Nothing but its own stream tells where the last entry ends. */
function findEnd(image: Image, table: EntryTable, inflater: ReturnType<typeof createInflater>) {
  const { count, packOffsets, headerLengths, sizes } = table;
  if (count === 0) throw new FormatError('MISSING_OBJECT', 'a PACK without objects');
  const last = count - 1;
  const dataOffset = (packOffsets[last] as number) + (headerLengths[last] as number);
  const length = inflater.inflateStream(image.pack, dataOffset, sizes[last] as number, () => true);
  packOffsets[count] = dataOffset + (length as number);
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
