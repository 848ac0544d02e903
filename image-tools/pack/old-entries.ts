import { crc32 } from 'node:zlib';
import {
  ENTRY_OFS_DELTA,
  FormatError,
  type Image,
  OBJECT_BLOB,
  type ObjectType,
  oidToHex,
  type PackOffset,
  readExact,
  TYPE_NAMES,
} from '#format';
import type { ObjectList } from '../source/objects.ts';
import { type EntryTable, NO_BASE } from '../verify/entry-table.ts';
import type { SearchOptions } from './levels.ts';
import { readLink, readWhole } from './read-cost.ts';
import { type Anchors, MAX_TREE_DEPTH, mayBeBase } from './segment-encoder.ts';
import type { CopiedEntry, PackWriter } from './writer.ts';

/** An older image, with the entries of its PACK. Nothing of it has to be true. */
export interface OldPack {
  readonly image: Image;
  readonly table: EntryTable;
}

/** Bytes that are copied at a time. */
const PIECE = 1 << 20;
/** Entries of one name that are remembered, the last ones. */
const MAX_NAMESAKES = 4;
/** Bytes of what one segment is compared with, all together: they stand in memory beside it. */
const MAX_ANCHOR_BYTES = 128 << 20;

/**
 * The entries of an older image that go into a new one as they lie there: of its objects, those that are
 * whole, and the deltas whose bases go too, in chains as short as the search makes them. Damage is noticed;
 * whether they hold what they should, only reading the new image tells.
 */
export class OldEntries {
  readonly #old: OldPack;
  readonly #objects: ObjectList;
  /** The positions to keep, in the order of the old PACK, and the rows of their objects. */
  readonly #positions: number[] = [];
  readonly #rows: number[] = [];
  /** For each position its place among those, or -1. */
  readonly #places: Int32Array;
  readonly #depths: number[] = [];
  readonly #readCosts: number[] = [];
  readonly #offsets: Float64Array;
  readonly #placeOfRow: Int32Array;
  readonly #namesakes = new Map<string, number[]>();
  deltas = 0;

  constructor(old: OldPack, objects: ObjectList, search: SearchOptions) {
    this.#old = old;
    this.#objects = objects;
    this.#places = new Int32Array(old.table.count).fill(-1);
    this.#placeOfRow = new Int32Array(objects.count).fill(-1);
    for (let position = 0; position < old.table.count; position += 1) this.#take(position, search);
    this.#offsets = new Float64Array(this.#rows.length);
  }

  get count(): number {
    return this.#rows.length;
  }

  /** Whether the object of a row is among them. */
  has(row: number): boolean {
    return this.#placeOfRow[row] !== -1;
  }

  /** Where an entry stands in the new PACK, once it was copied. */
  packOffsetOf(row: number): PackOffset {
    return this.#offsets[this.#placeOfRow[row] as number] as PackOffset;
  }

  /** Those that may be bases of new objects: the ones that have a name of theirs, the last ones first. */
  anchorsFor(rows: Uint32Array): Anchors {
    const places = new Set<number>();
    let bytes = 0;
    for (const row of rows) {
      const length = this.#objects.sizeOf(row);
      for (const place of this.#namesakes.get(this.#nameOf(row))?.toReversed() ?? []) {
        const size = this.#objects.sizeOf(this.#rows[place] as number);
        if (places.has(place) || !mayBeBase(size, length)) continue;
        if (bytes + size > MAX_ANCHOR_BYTES) continue;
        places.add(place);
        bytes += size;
      }
    }
    const chosen = [...places].sort((a, b) => a - b);
    return {
      rows: Uint32Array.from(chosen, (place) => this.#rows[place] as number),
      depths: Uint16Array.from(chosen, (place) => this.#depths[place] as number),
      readCosts: Float64Array.from(chosen, (place) => this.#readCosts[place] as number),
    };
  }

  /** Writes all of them. @throws FormatError TRUNCATED */
  async copyTo(writer: PackWriter): Promise<void> {
    for (let place = 0; place < this.#positions.length; ) {
      const end = this.#endOfStretch(place, writer.packOffset);
      if (end === place) await this.#copy(place++, writer);
      else this.#copyStretch(place, end, writer);
      place = Math.max(place, end);
    }
  }

  /** The end of those from `place` on that stay as they are, headers included, if they go to `packOffset`. */
  #endOfStretch(place: number, packOffset: PackOffset): number {
    const { packOffsets, types, bases } = this.#old.table;
    const first = this.#positions[place] as number;
    const start = packOffsets[first] as PackOffset;
    let end = place;
    for (; end < this.#positions.length; end += 1) {
      const position = first + end - place;
      if (this.#positions[end] !== position) break;
      if ((packOffsets[position + 1] as PackOffset) - start > PIECE) break;
      const base = bases[position] as number;
      // How far away its base stands is all that a header says of others.
      if (base !== NO_BASE) {
        if (types[position] !== ENTRY_OFS_DELTA) break;
        const at = this.#places[base] as number;
        const moved =
          at >= place
            ? packOffset - start
            : (this.#offsets[at] as number) - (packOffsets[base] as number);
        if (moved !== packOffset - start) break;
      }
    }
    return end;
  }

  #copyStretch(place: number, end: number, writer: PackWriter): void {
    const { packOffsets } = this.#old.table;
    const first = this.#positions[place] as number;
    const start = packOffsets[first] as PackOffset;
    const moved = writer.packOffset - start;
    const entries: CopiedEntry[] = [];
    const length = (packOffsets[first + end - place] as PackOffset) - start;
    const bytes = readExact(this.#old.image.pack, start, length);
    for (let k = place; k < end; k += 1) {
      const position = first + k - place;
      const at = packOffsets[position] as PackOffset;
      const length = (packOffsets[position + 1] as PackOffset) - at;
      const crc = crc32(bytes.subarray(at - start, at - start + length));
      this.#checkCrc(position, crc);
      this.#offsets[k] = at + moved;
      entries.push({ oid: this.#objects.oidOf(this.#rows[k] as number), length, crc });
    }
    writer.appendEntries(bytes, entries);
  }

  async #copy(place: number, writer: PackWriter): Promise<void> {
    const { table } = this.#old;
    const position = this.#positions[place] as number;
    const row = this.#rows[place] as number;
    const base = table.bases[position] as number;
    this.#offsets[place] = await writer.appendStream({
      oid: this.#objects.oidOf(row),
      type: this.#objects.typeOf(row),
      size: table.sizes[position] as number,
      base: base === NO_BASE ? undefined : (this.#offsets[this.#places[base] as number] as number),
      compressed: this.#piecesOf(position),
    });
  }

  *#piecesOf(position: number): Generator<Uint8Array> {
    const { packOffsets, headerLengths } = this.#old.table;
    const { pack } = this.#old.image;
    const start = packOffsets[position] as PackOffset;
    const end = packOffsets[position + 1] as PackOffset;
    const headerLength = headerLengths[position] as number;
    let crc = crc32(readExact(pack, start, headerLength));
    for (let at = start + headerLength; at < end; at += PIECE) {
      const piece = readExact(pack, at, Math.min(PIECE, end - at));
      crc = crc32(piece, crc);
      yield piece;
    }
    this.#checkCrc(position, crc);
  }

  /** What is copied is as it was when it was written, or forged. @throws FormatError BAD_HASH */
  #checkCrc(position: number, crc: number): void {
    const { table, image } = this.#old;
    const row = table.rows[position] as number;
    if (crc === image.idx.crcOf(row)) return;
    throw new FormatError('BAD_HASH', 'the CRC-32 of an entry differs from the one in the IDX', {
      offset: table.packOffsets[position],
      oid: oidToHex(image.idx.oidOf(row)),
    });
  }

  #take(position: number, search: SearchOptions): void {
    const { table, image } = this.#old;
    const row = this.#objects.find(image.idx.oidOf(table.rows[position] as number));
    if (row === undefined || this.has(row)) return;
    const type = this.#objects.typeOf(row);
    const size = this.#objects.sizeOf(row);
    const base = table.bases[position] as number;
    let depth = 0;
    let readCost = readWhole(size);
    if (base === NO_BASE) {
      if (table.types[position] !== type || table.sizes[position] !== size) return;
    } else {
      const place = this.#places[base] as number;
      if (place === -1 || (type === OBJECT_BLOB && search.wholeFiles)) return;
      if (this.#objects.typeOf(this.#rows[place] as number) !== type) return;
      depth = (this.#depths[place] as number) + 1;
      if (depth > mostDepth(type, search)) return;
      const deltaSize = table.sizes[position] as number;
      readCost = (this.#readCosts[place] as number) + readLink(deltaSize, size);
      this.deltas += 1;
    }
    this.#keep(position, row, depth, readCost);
  }

  #keep(position: number, row: number, depth: number, readCost: number): void {
    const place = this.#rows.push(row) - 1;
    this.#positions.push(position);
    this.#places[position] = place;
    this.#placeOfRow[row] = place;
    this.#depths.push(depth);
    this.#readCosts.push(readCost);
    const name = this.#nameOf(row);
    const namesakes = this.#namesakes.get(name);
    if (namesakes === undefined) this.#namesakes.set(name, [place]);
    else if (namesakes.push(place) > MAX_NAMESAKES) namesakes.shift();
  }

  /** What relatives have in common: the type, and the last name of the path. */
  #nameOf(row: number): string {
    const hint = this.#objects.hintOf(row);
    const name = hint.subarray(hint.lastIndexOf(0x2f) + 1);
    return TYPE_NAMES[this.#objects.typeOf(row)] + Buffer.from(name).toString('latin1');
  }
}

function mostDepth(type: ObjectType, { depth }: SearchOptions): number {
  return type === OBJECT_BLOB ? depth : Math.min(depth, MAX_TREE_DEPTH);
}
