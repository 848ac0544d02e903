import {
  type ByteSource,
  type EntryHeader,
  FormatError,
  type Inflater,
  isDelta,
  OBJECT_TREE,
  type PackOffset,
  readDeltaSizes,
} from '#format';

/**
 * The first objects are read with what lies around them, at once: bases stand before what needs them, and where
 * reads take long, one after the other is what a short run waits for. A base that was not near is far, and so may
 * be the next one: more is read before it. Bases are whole more often, and longer than deltas. In bytes.
 */
const BEFORE = [64 * 1024, 128 * 1024, 256 * 1024, 256 * 1024] as const;
const BEHIND = [16 * 1024, 24 * 1024, 24 * 1024, 24 * 1024] as const;
/** The same where many small objects are read together, by round. */
const NEAR_BEFORE = [16 * 1024, 64 * 1024, 128 * 1024, 256 * 1024, 256 * 1024, 256 * 1024] as const;
const NEAR_BEHIND = 8 * 1024;
const NEAR_BEHIND_BASE = 16 * 1024;
/** What nine of ten large entries deflate to at most, of their size: text, trees with their ids, and deltas of both. */
const FILE_SHARE = 0.33;
const TREE_SHARE = 0.65;
const DELTA_SHARE = 0.45;
const TREE_DELTA_SHARE = 0.8;
/** No more than this is read on such a guess, in bytes. */
const MAX_GUESSED = 256 * 1024;

/** Entries that are looked at before small objects are read, of which chains are long, or go round. */
const MAX_ENTRIES = 4096;

/** A part of the PACK that was told to be read, and may be told to go on. */
interface Window {
  readonly from: PackOffset;
  to: PackOffset;
}

/** Bytes that the stream of an entry probably has. */
function guessLength(size: number, share: number): number {
  return Math.min(Math.ceil(size * share), MAX_GUESSED);
}

function guessEnd(entry: EntryHeader, deltaShare: number): PackOffset {
  const { type, size, dataOffset } = entry;
  const share = isDelta(entry) ? deltaShare : type === OBJECT_TREE ? TREE_SHARE : FILE_SHARE;
  return dataOffset + guessLength(size, share);
}

/** What knows the entries of a PACK. */
export interface Entries {
  /** Whether the object of an entry need not be read. */
  isAtHand(packOffset: PackOffset): boolean;
  /** @throws FormatError */
  readHeader(packOffset: PackOffset): EntryHeader;
  /** Where the base of a delta stands. @throws FormatError */
  baseOf(header: EntryHeader): PackOffset;
}

/**
 * Tells a slow source what the first objects will need before they need it. Each place is told once, so that a
 * call that is repeated reads no more.
 */
export class Approach {
  readonly #pack: ByteSource;
  readonly #inflater: Inflater;
  readonly #windows: Window[] = [];
  /** Windows that were told one after the other. */
  #hops = 0;

  constructor(pack: ByteSource, inflater: Inflater) {
    this.#pack = pack;
    this.#inflater = inflater;
  }

  /** Whether objects are still approached, and one has been. */
  get isUnderWay(): boolean {
    return this.#hops > 0 && this.#mayGoOn;
  }

  get #mayGoOn(): boolean {
    return this.#hops < BEFORE.length && this.#pack.prefetch !== undefined;
  }

  /** Begins to read what lies around an object. */
  begin(packOffset: PackOffset): void {
    if (this.#mayGoOn) this.#hop(packOffset, 0, []);
  }

  /**
   * Begins to read what lies around the base at `packOffset` of the last of `deltas`, which are at hand, and what is
   * missing of these.
   */
  goOn(packOffset: PackOffset, deltas: readonly EntryHeader[]): void {
    if (!this.isUnderWay || this.#windowAt(packOffset) !== undefined) return;
    const delta = deltas.at(-1);
    const behind = delta === undefined ? 0 : guessLength(this.#baseSizeOf(delta), FILE_SHARE);
    this.#hop(packOffset, behind, deltas);
  }

  /** Begins to read what is missing of entries. */
  finish(entries: readonly EntryHeader[]): void {
    if (this.isUnderWay) this.#tell([], entries);
  }

  /**
   * Begins to read several small objects, then what they are deltas against, all at once each time.
   * @throws FormatError
   */
  together(packOffsets: readonly PackOffset[], objects: Entries): void {
    if (this.#pack.prefetch === undefined) return;
    let next = packOffsets.filter((packOffset) => !objects.isAtHand(packOffset));
    let known: EntryHeader[] = [];
    const met = new Set<PackOffset>();
    for (const [round, before] of NEAR_BEFORE.entries()) {
      const behind = round === 0 ? NEAR_BEHIND : NEAR_BEHIND_BASE;
      const wanted = [...next].sort((a, b) => a - b).filter((at) => !this.#isTold(at));
      const windows = wanted.map((at) => this.#around(at, before, behind));
      // Most of them are trees.
      this.#tell(windows, known, TREE_DELTA_SHARE);
      known = [];
      const bases: PackOffset[] = [];
      for (let at of next) {
        while (!met.has(at) && met.size < MAX_ENTRIES) {
          met.add(at);
          const header = objects.readHeader(at);
          known.push(header);
          if (!isDelta(header)) break;
          at = objects.baseOf(header);
          if (objects.isAtHand(at)) break;
          if (this.#isTold(at)) continue;
          bases.push(at);
          break;
        }
      }
      next = bases;
      if (next.length === 0) break;
    }
    this.#tell([], known, TREE_DELTA_SHARE);
  }

  #hop(packOffset: PackOffset, behind: number, entries: readonly EntryHeader[]): void {
    if (this.#windowAt(packOffset) !== undefined) return;
    const hop = this.#hops++;
    const most = Math.max(BEHIND[hop] as number, behind);
    this.#tell([this.#around(packOffset, BEFORE[hop] as number, most)], entries);
  }

  #around(packOffset: PackOffset, before: number, behind: number): Window {
    return {
      from: Math.max(0, packOffset - before),
      to: Math.min(packOffset + behind, this.#pack.size),
    };
  }

  /** Tells new windows, and what windows cut off of entries in them, as far as that can be guessed. */
  #tell(
    windows: readonly Window[],
    entries: readonly EntryHeader[],
    deltaShare = DELTA_SHARE,
  ): void {
    const extents = windows.flatMap(({ from, to }) => [from, to]);
    for (const entry of entries) {
      const window = this.#windowAt(entry.dataOffset);
      const end = Math.min(guessEnd(entry, deltaShare), this.#pack.size);
      if (window === undefined || end <= window.to) continue;
      extents.push(window.to, end);
      window.to = end;
    }
    this.#windows.push(...windows);
    if (extents.length > 0) this.#pack.prefetch?.(Float64Array.from(extents));
  }

  #windowAt(packOffset: PackOffset): Window | undefined {
    return this.#windows.find(({ from, to }) => packOffset >= from && packOffset < to);
  }

  /** The same for small objects: where less was told behind it, an entry is perhaps cut. */
  #isTold(at: PackOffset): boolean {
    return this.#windows.some(
      ({ from, to }) => at >= from && (at + NEAR_BEHIND / 2 <= to || to === this.#pack.size),
    );
  }

  /** The size of a delta's base, 0 if nothing is said of it: whoever applies the delta says what is wrong. */
  #baseSizeOf(delta: EntryHeader): number {
    try {
      return readDeltaSizes(this.#pack, delta, this.#inflater).baseSize;
    } catch (error) {
      if (error instanceof FormatError) return 0;
      throw error;
    }
  }
}
