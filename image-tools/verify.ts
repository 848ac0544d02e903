import { setImmediate } from 'node:timers/promises';
import {
  type Commit,
  createInflater,
  DEFAULT_LIMITS,
  FormatError,
  Idx,
  type Image,
  idxLayout,
  idxSize,
  type Limits,
  memorySource,
  OBJECT_COMMIT,
  OBJECT_TREE,
  type ObjectType,
  oidToHex,
  openImage,
  PACK_TRAILER_SIZE,
  readExact,
  TYPE_NAMES,
} from '#format';
import { openFileSource } from './file-source.ts';
import { verifyChecksums } from './verify/checksums.ts';
import { type EntryTable, NO_BASE, readEntryTable } from './verify/entry-table.ts';
import { FamilyWalker } from './verify/family-walker.ts';
import { verifyIdx, verifyPadding } from './verify/layout.ts';
import { ObjectChecker } from './verify/object-checker.ts';
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
}

const PAUSE_AFTER_MS = 50;

/**
 * Checks an image whole: its geometry and padding, every object's content against its id, every
 * CRC, the PACK's checksum, the IDX byte for byte against the one computed, and that all that the
 * commit leads to is there and well formed. The image may be hostile: time and memory are bounded
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
    const idx = loadIdx(image);
    const table = readEntryTable(image, idx, limits.maxDeltaDepth);
    const inflater = createInflater();
    findEnd(image, table, inflater);
    const packSize = (table.packOffsets[table.count] as number) + PACK_TRAILER_SIZE;
    const trailer = verifyChecksums(image, idx, table);
    const objectTypes = new Uint8Array(idx.count);
    const edges = new TreeEdges();
    const walker = new FamilyWalker(image.pack, table, inflater, limits);
    const checker = new ObjectChecker(
      { idx, commit: image.commit },
      table,
      objectTypes,
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
    verifyPadding(image, packSize, idxBytes);
    expectObject(idx, image.commit, OBJECT_COMMIT, objectTypes);
    const details = checker.commit as Commit;
    const root = expectObject(idx, details.tree, OBJECT_TREE, objectTypes);
    edges.verifyFrom(root, objectTypes, idx, limits.maxTreeDepth);
    return {
      commit: oidToHex(image.commit),
      root: oidToHex(details.tree),
      details,
      objects: table.count,
      deltas,
      packSize,
      idxSize: idxBytes,
      imageSize: image.source.size,
    };
  } finally {
    source.close();
  }
}

/** The IDX in memory, checked to lie inside the image whole: every id is looked up several times. */
function loadIdx(image: Image): Idx {
  const { offsetsAt, count } = idxLayout(image.objectCount);
  const offsets = readExact(image.idxSource, offsetsAt, 4 * count);
  let large = 0;
  for (let at = 0; at < offsets.length; at += 4) large += (offsets[at] as number) >> 7;
  const bytes = readExact(image.idxSource, 0, idxSize(count, large));
  return new Idx(memorySource(bytes), image.pack.size);
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
