import { DEFAULT_LIMITS, PACK_TRAILER_SIZE, TYPE_NAMES } from '#format';
import { type EntryTable, NO_BASE, readEntryTable } from '../../verify/entry-table.ts';
import type { ImageParts } from '../image-parts.ts';

/** Objects of one type. Sizes in bytes. */
interface TypeReport {
  readonly objects: number;
  readonly deltas: number;
  /** What they take in the PACK. */
  readonly packed: number;
}

/** What a PACK holds. */
export interface PackReport {
  readonly objects: number;
  readonly deltas: number;
  /** Deltas of the longest chain. */
  readonly longestChain: number;
  /** By the name of the type: blob, tree, commit, tag. */
  readonly types: Readonly<Record<string, TypeReport>>;
}

/** What each entry of a PACK takes in it. */
export interface EntrySizes {
  /** Which entry begins at a PACK offset; undefined if none does. */
  entryAt(packOffset: number): number | undefined;
  /** Bytes of each entry. */
  readonly sizes: Float64Array;
}

/** Reads the headers of all entries, and none of their contents. @throws FormatError as the table */
export function reportPack(parts: ImageParts): { report: PackReport; entries: EntrySizes } {
  const { image, idx, packSize } = parts;
  const table = readEntryTable(image, idx, DEFAULT_LIMITS.maxDeltaDepth);
  table.packOffsets[table.count] = packSize - PACK_TRAILER_SIZE;
  const sizes = new Float64Array(table.count);
  for (let i = 0; i < table.count; i++) {
    sizes[i] = (table.packOffsets[i + 1] as number) - (table.packOffsets[i] as number);
  }
  const { types, depths } = resolveChains(table);
  const byType: Record<string, { objects: number; deltas: number; packed: number }> = {};
  let [deltas, longestChain] = [0, 0];
  for (let i = 0; i < table.count; i++) {
    const name = TYPE_NAMES[types[i] as keyof typeof TYPE_NAMES];
    byType[name] ??= { objects: 0, deltas: 0, packed: 0 };
    const type = byType[name];
    type.objects += 1;
    type.packed += sizes[i] as number;
    if (table.bases[i] === NO_BASE) continue;
    type.deltas += 1;
    deltas += 1;
    longestChain = Math.max(longestChain, depths[i] as number);
  }
  const report = { objects: table.count, deltas, longestChain, types: byType };
  return { report, entries: { sizes, entryAt: (offset) => positionOf(table, offset) } };
}

/** Of each entry the type of the object that it makes, and the number of deltas that make it. */
function resolveChains({ count, types, bases }: EntryTable) {
  const resolved = new Uint8Array(count);
  const depths = new Uint32Array(count);
  const chain: number[] = [];
  for (let start = 0; start < count; start++) {
    let at = start;
    for (; resolved[at] === 0 && bases[at] !== NO_BASE; at = bases[at] as number) chain.push(at);
    if (resolved[at] === 0) resolved[at] = types[at] as number;
    for (let base = at; chain.length > 0; ) {
      const delta = chain.pop() as number;
      resolved[delta] = resolved[base] as number;
      depths[delta] = (depths[base] as number) + 1;
      base = delta;
    }
  }
  return { types: resolved, depths };
}

function positionOf({ packOffsets, count }: EntryTable, packOffset: number): number | undefined {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((packOffsets[middle] as number) < packOffset) low = middle + 1;
    else high = middle;
  }
  return low < count && packOffsets[low] === packOffset ? low : undefined;
}
