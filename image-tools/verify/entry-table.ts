import {
  FormatError,
  type Idx,
  type Image,
  type Inflater,
  oidToHex,
  PACK_HEADER_SIZE,
  type PackOffset,
  readEntryHeader,
} from '#format';

/** The base position of an entry that is whole. */
export const NO_BASE = 0xffffffff;

/**
 * The entries of a PACK in the order of their offsets, in columns: an entry's position is its rank
 * there, its row the rank of its id in the IDX.
 */
export interface EntryTable {
  readonly count: number;
  /** PACK offset of each position, and after the last one the end of the entries. */
  readonly packOffsets: Float64Array;
  readonly rows: Uint32Array;
  readonly types: Uint8Array;
  /** Inflated size of each entry's stream. */
  readonly sizes: Float64Array;
  readonly headerLengths: Uint8Array;
  /** Position of each delta's base, {@link NO_BASE} for whole objects. */
  readonly bases: Uint32Array;
  /** Positions of the deltas against position p: from `childrenStart[p]` to `childrenStart[p + 1]`. */
  readonly children: Uint32Array;
  readonly childrenStart: Uint32Array;
}

/**
 * Reads the headers of all entries that the IDX names. The last of `packOffsets` is still missing: the
 * end of the last entry, which only its stream tells, is for the caller to fill in.
 * @throws FormatError BAD_IDX, BAD_PACK, BAD_DELTA, MISSING_OBJECT, TRUNCATED, LIMIT
 */
export function readEntryTable(
  image: Pick<Image, 'pack'>,
  idx: Idx,
  maxDeltaDepth: number,
): EntryTable {
  const { count } = idx;
  const rows = rowsByOffset(idx);
  const packOffsets = new Float64Array(count + 1);
  const positions = new Uint32Array(count);
  for (let position = 0; position < count; position++) {
    const row = rows[position] as number;
    const packOffset = idx.packOffsetOf(row);
    const before = position === 0 ? 0 : (packOffsets[position - 1] as number);
    if (position === 0 ? packOffset !== PACK_HEADER_SIZE : packOffset === before) {
      throw new FormatError(
        'BAD_IDX',
        'the entries of the IDX do not cover the PACK exactly once',
        {
          offset: packOffset,
        },
      );
    }
    packOffsets[position] = packOffset;
    positions[row] = position;
  }
  const types = new Uint8Array(count);
  const sizes = new Float64Array(count);
  const headerLengths = new Uint8Array(count);
  const bases = new Uint32Array(count).fill(NO_BASE);
  for (let position = 0; position < count; position++) {
    const packOffset = packOffsets[position] as PackOffset;
    const header = readEntryHeader(image.pack, packOffset);
    types[position] = header.type;
    sizes[position] = header.size;
    headerLengths[position] = header.dataOffset - packOffset;
    if (header.basePackOffset !== undefined) {
      const base = positionOf(packOffsets, count, header.basePackOffset);
      if (base === undefined) {
        throw new FormatError('BAD_DELTA', 'the base of a delta is not an entry', {
          offset: packOffset,
        });
      }
      bases[position] = base;
    } else if (header.baseOid !== undefined) {
      const row = idx.find(header.baseOid);
      if (row === undefined) {
        throw new FormatError('MISSING_OBJECT', 'the base of a delta is not in the PACK', {
          offset: packOffset,
          oid: oidToHex(header.baseOid),
        });
      }
      bases[position] = positions[row] as number;
    }
  }
  checkDeltaDepth(packOffsets, bases, maxDeltaDepth);
  return {
    count,
    packOffsets,
    rows,
    types,
    sizes,
    headerLengths,
    bases,
    ...childrenOf(bases),
  };
}

/** Fills in where the last entry ends, which nothing but its own stream tells. @throws FormatError */
export function findEnd(image: Image, table: EntryTable, inflater: Inflater): void {
  const { count, packOffsets, headerLengths, sizes } = table;
  if (count === 0) throw new FormatError('MISSING_OBJECT', 'a PACK without objects');
  const last = count - 1;
  const dataOffset = (packOffsets[last] as number) + (headerLengths[last] as number);
  const length = inflater.inflateStream(image.pack, dataOffset, sizes[last] as number, () => true);
  packOffsets[count] = dataOffset + (length as number);
}

function rowsByOffset(idx: Idx): Uint32Array {
  const { count } = idx;
  const packOffsets = new Float64Array(count);
  for (let row = 0; row < count; row++) packOffsets[row] = idx.packOffsetOf(row);
  const rows = new Uint32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows.sort((a, b) => (packOffsets[a] as number) - (packOffsets[b] as number));
}

function positionOf(
  packOffsets: Float64Array,
  count: number,
  packOffset: PackOffset,
): number | undefined {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((packOffsets[middle] as number) < packOffset) low = middle + 1;
    else high = middle;
  }
  return low < count && packOffsets[low] === packOffset ? low : undefined;
}

/** Follows every chain once, downwards, and refuses cycles and chains beyond the limit. */
function checkDeltaDepth(packOffsets: Float64Array, bases: Uint32Array, limit: number): void {
  const depths = new Uint32Array(bases.length);
  const chain: number[] = [];
  for (let start = 0; start < bases.length; start++) {
    let position = start;
    while (bases[position] !== NO_BASE && depths[position] === 0) {
      chain.push(position);
      // The depths below are not known yet, so a cycle only ever grows the chain.
      if (chain.length > limit) {
        throw new FormatError('LIMIT', `a chain of more than ${limit} deltas, or a cycle`, {
          offset: packOffsets[start],
        });
      }
      position = bases[position] as number;
    }
    for (let depth = depths[position] as number; chain.length > 0; ) {
      depth += 1;
      if (depth > limit) {
        throw new FormatError('LIMIT', `a chain of more than ${limit} deltas`, {
          offset: packOffsets[start],
        });
      }
      depths[chain.pop() as number] = depth;
    }
  }
}

function childrenOf(bases: Uint32Array): Pick<EntryTable, 'children' | 'childrenStart'> {
  const childrenStart = new Uint32Array(bases.length + 1);
  let total = 0;
  for (const base of bases) {
    if (base === NO_BASE) continue;
    childrenStart[base + 1] = (childrenStart[base + 1] as number) + 1;
    total += 1;
  }
  for (let i = 1; i < childrenStart.length; i++) {
    childrenStart[i] = (childrenStart[i] as number) + (childrenStart[i - 1] as number);
  }
  const next = childrenStart.slice();
  const children = new Uint32Array(total);
  for (let position = 0; position < bases.length; position++) {
    const base = bases[position] as number;
    if (base === NO_BASE) continue;
    const at = next[base] as number;
    next[base] = at + 1;
    children[at] = position;
  }
  return { children, childrenStart };
}
