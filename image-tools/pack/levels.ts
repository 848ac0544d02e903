/** How hard to look for a small PACK. */
export type Level = 'fast' | 'default' | 'best';

/** What a level means. Every number changes the bytes of the PACK, and only these do. */
export interface SearchOptions {
  /** Earlier objects tried as the base of each object. */
  readonly window: number;
  /** How many times as many, where they gave no good delta and the object is small. */
  readonly widen: number;
  /**
   * Choose them by what the contents of a segment share, piece by piece; without, they are the
   * relative that the ordering found, and neighbours.
   */
  readonly compareAll: boolean;
  /** Longest chain of deltas. */
  readonly depth: number;
  /** Bytes that the PACK may grow by for each microsecond that it spares a reader, an object. */
  readonly readCost: number;
  /** Store files whole: only trees are searched. */
  readonly wholeFiles: boolean;
  /** Places of a base tried for each place of the target. */
  readonly maxChain: number;
  /** One in how many positions of a small base is indexed, and half as many of a large one. */
  readonly stride: number;
  /** Level of zlib's deflate: for all, or for the pieces of files too large to be held. */
  readonly deflateLevel: number;
  /** Instead of zlib: the kernel's own deflate. */
  readonly ownDeflate?: OwnDeflate;
  /** Search for the cheapest delta from the base that was chosen. */
  readonly refine: boolean;
  /**
   * A delta whose estimated cost is up to this many times the least one is deflated to see; at 1,
   * estimates decide.
   */
  readonly slack: number;
  /** What is searched together. */
  readonly segments: SegmentBounds;
}

/**
 * Contents of one segment, in bytes, as long as families allow: its part of all, within bounds. Large
 * segments find more, while few of them leave threads without work.
 */
export interface SegmentBounds {
  readonly least: number;
  readonly most: number;
}

/** The kernel's deflate: how hard it tries, and for what. */
export interface OwnDeflate {
  /** Contents and deltas are measured with this one. */
  readonly trial: LazyEffort;
  /** Large contents are deflated with this one, and not with those that follow: they are most of the bytes. */
  readonly whole?: LazyEffort;
  /** Smaller and slower, for what has been chosen. */
  readonly small: DeflateEffort;
  readonly large: DeflateEffort;
}

/** How hard the kernel's deflate tries at one go. */
export interface LazyEffort {
  /** Places tried for each position. */
  readonly maxChain: number;
  /** A match of so many bytes is taken without a look at the positions that it covers. */
  readonly enough: number;
}

/** How hard it tries when it weighs every choice. */
interface DeflateEffort extends LazyEffort {
  /** Times that each block is improved. */
  readonly passes: number;
  /** Begin with costs that are guessed, instead of the longest matches: a sixth more time, 0.2 to 0.8 % fewer bytes. */
  readonly guess: boolean;
}

const DEFAULT_DEPTH = 50;

const SEARCH: Readonly<Record<Level, Omit<SearchOptions, 'wholeFiles'>>> = {
  fast: {
    window: 1,
    widen: 1,
    compareAll: false,
    depth: DEFAULT_DEPTH,
    readCost: 3,
    maxChain: 4,
    stride: 4,
    deflateLevel: 2,
    refine: false,
    slack: 1,
    segments: { least: 16 << 20, most: 16 << 20 },
  },
  default: {
    // Large objects take most of the time, and gain little from more: 3 for all take 3 % longer, for 0.1 % fewer bytes.
    window: 2,
    widen: 2,
    compareAll: true,
    depth: DEFAULT_DEPTH,
    readCost: 3,
    maxChain: 4,
    stride: 4,
    deflateLevel: 8,
    ownDeflate: {
      // Enough to choose by, and better than 16 places; what is chosen is deflated again.
      trial: { maxChain: 4, enough: 24 },
      whole: { maxChain: 64, enough: 100 },
      small: { maxChain: 16, enough: 32, passes: 1, guess: false },
      large: { maxChain: 16, enough: 32, passes: 1, guess: false },
    },
    refine: false,
    slack: 1,
    segments: { least: 16 << 20, most: 32 << 20 },
  },
  best: {
    window: 8,
    widen: 2,
    compareAll: true,
    depth: DEFAULT_DEPTH,
    readCost: 1,
    maxChain: 8,
    stride: 4,
    deflateLevel: 6,
    ownDeflate: {
      trial: { maxChain: 4, enough: 24 },
      small: { maxChain: 48, enough: 48, passes: 2, guess: true },
      // With 16 places they take a seventh less time, and 0.4 % more bytes.
      large: { maxChain: 24, enough: 32, passes: 1, guess: true },
    },
    refine: true,
    // Estimates rank deltas well: 1.15 takes 5 % longer, for no fewer bytes.
    slack: 1.05,
    segments: { least: 8 << 20, most: 32 << 20 },
  },
};

/** What the caller sets instead of the level's numbers. */
export interface OwnSearch {
  readonly window?: number | undefined;
  readonly depth?: number | undefined;
  readonly readCost?: number | undefined;
  readonly wholeFiles?: boolean | undefined;
}

/** The search of a level, with what the caller sets instead. */
export function searchOptions(level: Level, own: OwnSearch = {}): SearchOptions {
  const search = SEARCH[level];
  return {
    ...search,
    window: own.window ?? search.window,
    depth: own.depth ?? search.depth,
    readCost: own.readCost ?? search.readCost,
    wholeFiles: own.wholeFiles ?? false,
  };
}
