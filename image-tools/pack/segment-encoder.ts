import { OBJECT_BLOB, type ObjectType } from '#format';
import type { ObjectList } from '../source/objects.ts';
import { Compressor, type Deflated, type Place } from './compressor.ts';
import { type EncodedEntries, EntryRun, outsideBase, type PackEntry } from './entry-run.ts';
import { type Kernel, KernelMemory } from './kernel.ts';
import type { SearchOptions } from './levels.ts';
import { readLink, readWhole, weighRead } from './read-cost.ts';
import { readObject } from './source-content.ts';

/** The objects of one segment, in its order. */
export interface SegmentInput {
  readonly rows: Uint32Array;
  /** For each the place in the segment of an earlier one like it, or -1. */
  readonly relatives: Int32Array;
  /** Objects that stand in the PACK already, and may be bases: they are compared with, not encoded. */
  readonly anchors: Anchors;
}

/** Objects of the PACK: their rows, the lengths of their chains, and what reading them costs. */
export interface Anchors {
  readonly rows: Uint32Array;
  readonly depths: Uint16Array;
  readonly readCosts: Float64Array;
}

/** A segment as it goes into the PACK. */
export interface EncodedSegment {
  /** The entries of the objects, each behind its base. */
  readonly entries: EncodedEntries;
  /** How many of them are deltas. */
  readonly deltas: number;
}

/** Memory for the indexes of bases, in bytes: those used last stay. */
const INDEX_ARENA = 24 << 20;
/** Smaller targets gain nothing from a delta. */
const MIN_DELTA_TARGET = 24;
/**
 * A base may be this many times larger than its target, and some bytes more: a reader has to
 * inflate all of it.
 */
const MAX_BASE_RATIO = 32;
const MAX_BASE_EXTRA = 4096;
/** In a larger base, in bytes, every second position is enough. */
const SMALL_BASE = 1 << 15;
/** Text hardly ever deflates to less than this part of it. */
const LEAST_RATIO = 0.1;
/** An object deflates to about the part that its base does, or this much less. */
const BASE_MARGIN = 0.95;
/** Where contents deflate to less than this part, they repeat themselves: a literal costs less in a delta, too. */
const REPEATED_RATIO = 0.3;
/** What it costs, in eighths of a byte: as a rule, and there. */
const LITERAL_COST = 5;
const REPEATED_COST = 3;
/** Deltas up to this size, in bytes, are deflated to see which is the smallest. */
const MAX_TRIED = 1 << 13;
/**
 * Trees are in no longer chains, whatever is asked for: the original reads all of them at boot, and its
 * fast reader dies of chains above 59.
 */
export const MAX_TREE_DEPTH = 50;
/** A target up to this size, in bytes, is tried with more bases where the window gave no good one. */
const MAX_WIDENED = 1 << 15;
/** A delta is good where it costs less than this part of its target. */
const WEAK = 8;
/**
 * A larger target, in bytes, has to find some of its content in the base, else its delta is larger than the whole
 * deflated: that repeats itself, which the literals between copies do less. The rest may be this part of it.
 */
const MAX_LOOSE = 1 << 16;
const MOST_LITERALS = 0.85;
/** Candidates that are voted for, of which the window takes those with the lowest prices. */
const VOTED = 4;
/** What a byte takes in a delta that its base does not have, deflated. */
const LITERAL_SHARE = 0.3;
/** Rows of candidates that voting gives: pairs of 32-bit numbers. */
const PAIR = 8;

interface Areas {
  readonly shingles: number;
  readonly maxShingles: number;
  readonly pairs: number;
  readonly operations: number;
  readonly index: number;
  readonly contents: readonly number[];
}

/** A delta found for an object, which stands until the next search. */
interface Delta extends Place {
  readonly base: number;
  /** What it deflates to, if that has been tried. */
  readonly deflated: Deflated | undefined;
}

/**
 * Reads the objects of a segment and finds the deltas among them: every base precedes its targets.
 * Uses all of the kernel's memory.
 * @throws ContentChangedError if an object is not any more what was hashed
 */
export function encodeSegment(
  kernel: Kernel,
  objects: ObjectList,
  search: SearchOptions,
  input: SegmentInput,
): EncodedSegment {
  return new SegmentRun(kernel, objects, search, input).encode();
}

/** The estimated cost of a delta, in eighths of a byte, from which on it is of no use; one of a literal is given. */
function mostDeltaCost(length: number, literalCost: number): number {
  return length * literalCost * (length > MAX_LOOSE ? MOST_LITERALS : 1.6);
}

/** Whether a base of `size` bytes is not too large for a target of `length`. */
export function mayBeBase(size: number, length: number): boolean {
  return size <= MAX_BASE_RATIO * length + MAX_BASE_EXTRA;
}

class SegmentRun {
  readonly #kernel: Kernel;
  readonly #search: SearchOptions;
  readonly #types: ObjectType[];
  readonly #relatives: Int32Array;
  readonly #lengths: number[];
  readonly #areas: Areas;
  readonly #compressor: Compressor;
  readonly #memory: Uint8Array;
  /** Where the next delta goes, and where the best one so far stands. */
  #trial: number;
  #best: number;
  /** The anchors come first. */
  readonly #anchorCount: number;
  readonly #depths: Uint16Array;
  /** Microseconds that a reader needs for each object, the bases of its delta included. */
  readonly #readCosts: Float64Array;
  /** What part of its bytes each object deflates to; of most deltas, what it was of the base, and 0 if unknown. */
  readonly #wholeRatios: Float32Array;
  readonly #indexed = new Map<number, { index: number; every: number }>();
  #indexUsed = 0;

  constructor(kernel: Kernel, objects: ObjectList, search: SearchOptions, input: SegmentInput) {
    const { anchors, relatives } = input;
    const anchorCount = anchors.rows.length;
    const rows = Uint32Array.of(...anchors.rows, ...input.rows);
    this.#anchorCount = anchorCount;
    this.#kernel = kernel;
    this.#search = search;
    this.#types = Array.from(rows, (row) => objects.typeOf(row));
    this.#relatives = new Int32Array(rows.length).fill(-1);
    for (const [place, relative] of relatives.entries()) {
      if (relative !== -1) this.#relatives[anchorCount + place] = anchorCount + relative;
    }
    this.#lengths = Array.from(rows, (row) => objects.sizeOf(row));
    const total = this.#lengths.reduce((sum, length) => sum + length, 0);
    const largest = this.#lengths.reduce((most, length) => Math.max(most, length), 0);
    // One position in 32 is sampled; content that defeats the sampling fills the table and stops.
    const maxShingles = search.compareAll ? Math.ceil(total / 24) + 64 : 0;
    const memory = new KernelMemory(kernel);
    this.#trial = memory.take(kernel.deltaBound(largest));
    this.#best = memory.take(kernel.deltaBound(largest));
    this.#areas = {
      maxShingles,
      shingles: memory.take(kernel.shingleTableSize(maxShingles, rows.length)),
      pairs: memory.take(search.window * search.widen * VOTED * PAIR),
      operations: memory.take(kernel.operationListSize(largest)),
      index: memory.take(INDEX_ARENA),
      contents: this.#lengths.map((length) => memory.take(length)),
    };
    this.#compressor = new Compressor(kernel, search, memory, largest);
    this.#memory = memory.view();
    this.#compressor.use(this.#memory);
    this.#depths = new Uint16Array(rows.length);
    this.#readCosts = new Float64Array(rows.length);
    this.#wholeRatios = new Float32Array(rows.length);
    this.#depths.set(anchors.depths);
    this.#readCosts.set(anchors.readCosts);
    // In the order of the walk, which keeps the files of a folder together.
    const places = Uint32Array.from(rows.keys());
    places.sort((a, b) => (rows[a] as number) - (rows[b] as number));
    for (const i of places) readObject(objects, rows[i] as number, this.#content(i));
  }

  encode(): EncodedSegment {
    const count = this.#lengths.length;
    const { shingles, maxShingles } = this.#areas;
    this.#kernel.startShingles(shingles, maxShingles, count);
    const run = new EntryRun();
    let deltas = 0;
    for (let i = 0; i < count; i += 1) {
      const length = this.#lengths[i] as number;
      const isCompared = this.#search.compareAll && this.#isSearched(i);
      if (isCompared) this.#kernel.takeShingles(this.#areas.contents[i] as number, length);
      if (i < this.#anchorCount) {
        if (isCompared) this.#kernel.addShingles(i);
        continue;
      }
      const { base, size, data } = this.#compress(i, this.#findDelta(i));
      run.add({ type: this.#types[i] as ObjectType, size, base: this.#placeInRun(base), data });
      if (base !== undefined) {
        this.#depths[i] = (this.#depths[base] as number) + 1;
        this.#readCosts[i] = this.#readCostOf(base, size, length);
        deltas += 1;
      } else this.#readCosts[i] = readWhole(length);
      if (isCompared) this.#kernel.addShingles(i);
    }
    return { entries: run.finish(), deltas };
  }

  #placeInRun(base: number | undefined): number | undefined {
    if (base === undefined) return undefined;
    return base < this.#anchorCount ? outsideBase(base) : base - this.#anchorCount;
  }

  #content(i: number): Uint8Array {
    const address = this.#areas.contents[i] as number;
    return this.#memory.subarray(address, address + (this.#lengths[i] as number));
  }

  /** Earlier objects to try as the base of `i`, best first. */
  #findCandidates(i: number): number[] {
    const { window, widen, compareAll } = this.#search;
    const relative = this.#relatives[i] as number;
    if (compareAll) {
      const most = (this.#lengths[i] as number) <= MAX_WIDENED ? window * widen : window;
      const candidates = this.#findLikest(i, most);
      // Of a large family, only the last ones are voted for.
      if (relative !== -1 && !candidates.includes(relative)) candidates.unshift(relative);
      if (candidates.length < window && i > 0 && !candidates.includes(i - 1))
        candidates.push(i - 1);
      return candidates;
    }
    const candidates = relative === -1 ? [] : [relative];
    for (let near = i - 1; near >= 0 && candidates.length < window; near -= 1) {
      if (near !== relative) candidates.push(near);
    }
    return candidates;
  }

  /** Earlier objects of which a delta promises the lowest price, best first. */
  #findLikest(i: number, most: number): number[] {
    const { pairs } = this.#areas;
    const length = this.#lengths[i] as number;
    const found = this.#kernel.vote(i, most * VOTED, pairs);
    const votes = new Uint32Array(this.#memory.buffer, pairs, found * 2);
    const unlike = (length * LITERAL_SHARE) / this.#kernel.shinglesInHand();
    const likest: { base: number; price: number }[] = [];
    for (let k = 0; k < found; k += 1) {
      const base = votes[k * 2] as number;
      if (!this.#mayHaveTargets(base)) continue;
      const price = this.#readPrice(i, base, 0) - (votes[k * 2 + 1] as number) * unlike;
      likest.push({ base, price });
    }
    // Stable: of equal prices the one with more votes, or the closest, stays first.
    likest.sort((a, b) => a.price - b.price);
    return likest.slice(0, most).map(({ base }) => base);
  }

  #findDelta(i: number): Delta | undefined {
    const length = this.#lengths[i] as number;
    if (length < MIN_DELTA_TARGET || !this.#isSearched(i)) return undefined;
    const { contents, operations } = this.#areas;
    const { window } = this.#search;
    const candidates = this.#findCandidates(i);
    const literalCost = this.#literalCost(candidates[0]);
    this.#kernel.startTarget(literalCost);
    let found: Delta | undefined;
    let least = mostDeltaCost(length, literalCost);
    let smallest = Number.POSITIVE_INFINITY;
    for (const [k, base] of candidates.entries()) {
      if (k >= window && smallest * WEAK < length) break;
      // A delta has no type of its own: what it rebuilds is of its base's.
      if (this.#types[base] !== this.#types[i]) continue;
      if (!this.#mayHaveTargets(base)) continue;
      if (!mayBeBase(this.#lengths[base] as number, length)) continue;
      // What reading costs however small the delta is, in eighths of a byte like the estimates.
      const reading = this.#readPrice(i, base, 0) * 8;
      const limit = Math.ceil((least - reading) * this.#search.slack) - 1;
      if (limit <= 0) continue;
      this.#selectBase(base);
      const size = this.#kernel.encodeDelta(
        contents[i] as number,
        length,
        this.#search.maxChain,
        Math.min(limit, 0xffffffff),
        operations,
        this.#trial,
      );
      if (size === 0) continue;
      const price = this.#readPrice(i, base, size);
      const deflated = this.#tryDeflate(size, smallest - price);
      const delta = { base, address: this.#trial, size, deflated };
      // Estimates this close say little: what the delta deflates to decides.
      const cost = price + (deflated?.size ?? this.#kernel.deltaCost() / 8);
      least = Math.min(least, this.#kernel.deltaCost() + price * 8);
      if (cost >= smallest) continue;
      smallest = cost;
      found = delta;
      [this.#trial, this.#best] = [this.#best, this.#trial];
    }
    return found;
  }

  /** What the delta just found deflates to, where the level asks for it and it takes little. */
  #tryDeflate(size: number, limit: number): Deflated | undefined {
    if (this.#search.slack === 1 || size > MAX_TRIED) return undefined;
    return this.#compressor.measure({ address: this.#trial, size }, limit);
  }

  #isSearched(i: number): boolean {
    return !this.#search.wholeFiles || this.#types[i] !== OBJECT_BLOB;
  }

  /** Whether a chain may go on behind `base`. */
  #mayHaveTargets(base: number): boolean {
    const wanted = this.#search.depth;
    const depth = this.#types[base] === OBJECT_BLOB ? wanted : Math.min(wanted, MAX_TREE_DEPTH);
    return (this.#depths[base] as number) < depth;
  }

  /** Microseconds that a reader needs for `size` bytes made by a delta of `deltaSize` bytes against `base`. */
  #readCostOf(base: number, deltaSize: number, size: number): number {
    return (this.#readCosts[base] as number) + readLink(deltaSize, size);
  }

  /** What reading `i` costs more as a delta of `deltaSize` bytes against `base` than whole, in bytes. */
  #readPrice(i: number, base: number, deltaSize: number): number {
    const size = this.#lengths[i] as number;
    const more = weighRead(this.#readCostOf(base, deltaSize, size)) - weighRead(readWhole(size));
    return more * this.#search.readCost;
  }

  /** Makes `base` the one that deltas are searched in. */
  #selectBase(base: number): void {
    const kernel = this.#kernel;
    const address = this.#areas.contents[base] as number;
    const length = this.#lengths[base] as number;
    const known = this.#indexed.get(base);
    if (known !== undefined) {
      kernel.selectBase(address, length, known.every, known.index);
      return;
    }
    let every = this.#search.stride * (length > SMALL_BASE ? 2 : 1);
    while (kernel.deltaIndexSize(length, every) > INDEX_ARENA / 2) every *= 2;
    const size = Math.ceil(kernel.deltaIndexSize(length, every) / 16) * 16;
    if (this.#indexUsed + size > INDEX_ARENA) {
      this.#indexed.clear();
      this.#indexUsed = 0;
    }
    const index = this.#areas.index + this.#indexUsed;
    this.#indexUsed += size;
    kernel.indexBase(address, length, every, index);
    this.#indexed.set(base, { index, every });
  }

  /** What a byte costs, in eighths of one, that a target like `base` has to say itself. */
  #literalCost(base: number | undefined): number {
    const isRepeated = base === undefined || (this.#wholeRatios[base] as number) <= REPEATED_RATIO;
    return isRepeated ? REPEATED_COST : LITERAL_COST;
  }

  /** Bytes that all of `i` may deflate to, if it goes well: like its base, or like text. */
  #leastWhole(i: number, base: number): number {
    const length = this.#lengths[i] as number;
    const ratio = this.#wholeRatios[base] as number;
    const isLike = Math.abs(length - (this.#lengths[base] as number)) * 4 <= length;
    return length * (isLike && ratio !== 0 ? ratio * BASE_MARGIN : LEAST_RATIO);
  }

  /** The smaller of the delta and the whole object, deflated. */
  #compress(i: number, delta: Delta | undefined): Omit<PackEntry, 'type'> {
    const whole = { address: this.#areas.contents[i] as number, size: this.#lengths[i] as number };
    const compressor = this.#compressor;
    const keepWhole = (data: Uint8Array | undefined) => ({
      size: whole.size,
      data: data ?? compressor.deflateWhole(whole),
    });
    if (delta === undefined) {
      const entry = keepWhole(undefined);
      this.#wholeRatios[i] = entry.data.length / whole.size;
      return entry;
    }
    const { base, address, size } = delta;
    this.#selectBase(base);
    const deflated = delta.deflated ?? compressor.measure(delta, Number.POSITIVE_INFINITY);
    const refined = compressor.refine(whole, this.#lengths[base] as number, {
      address,
      size,
      deflated,
    });
    const price = refined.deflated.size + this.#readPrice(i, base, refined.size);
    this.#wholeRatios[i] = this.#wholeRatios[base] as number;
    if (this.#leastWhole(i, base) <= price) {
      const { size, data } = compressor.measureWhole(whole, price);
      // Of one that takes more it is known that it does, not how many.
      this.#wholeRatios[i] = Math.min(size, price) / whole.size;
      if (size <= price) return keepWhole(data);
    }
    return { base, size: refined.size, data: compressor.deflateDelta(refined, refined.deflated) };
  }
}
