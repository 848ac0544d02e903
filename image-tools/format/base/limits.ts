/** Bounds that a reader sets on what an image may ask of it. All are checked before they cost. */
export interface Limits {
  /** Largest object that is held in memory whole, in bytes. */
  readonly maxObjectSize: number;
  /**
   * Bytes of objects that a check of the whole image holds at once, by all its threads together: a delta,
   * its base and its result.
   */
  readonly maxHeldSize: number;
  /** Longest chain of deltas from an entry to its undeltified base. */
  readonly maxDeltaDepth: number;
  /**
   * Bytes of all the objects that one chain of deltas builds: each link may be as large as an object
   * may be, for a few bytes in the PACK.
   */
  readonly maxChainSize: number;
  /**
   * Bytes built of all objects together, in multiples of the PACK's size, where a reader reads the
   * whole of it; `maxChainSize` is allowed in any case.
   */
  readonly maxExpansion: number;
  /** Largest tree, in bytes: its entries take several times that where they are listed. */
  readonly maxTreeSize: number;
  /** Bytes of all trees together that a reader decodes at boot. */
  readonly maxTreesSize: number;
  /** Deepest nesting of trees. */
  readonly maxTreeDepth: number;
  /** Most objects in one PACK. */
  readonly maxObjects: number;
  /** Bytes of a path index that is written or compared; more only where the PACK is large. */
  readonly maxIndexSize: number;
  /** Bytes of all paths of an image together, where each is visited; more only where the PACK is large. */
  readonly maxPathsSize: number;
}

/**
 * Git packs with a depth of 50 by default and accepts 4,095; PATH_MAX allows about 2,000 levels of
 * folders. Objects above 1 GiB are streamed or refused, never held. Git makes no deltas of files above
 * 512 MiB: a delta, its base and its result are below 1.25 GiB. A million files in one folder make a
 * tree of about 45 MB; to check 16 million objects takes 2 GB.
 */
export const DEFAULT_LIMITS: Limits = {
  maxObjectSize: 2 ** 30,
  maxHeldSize: 5 * 2 ** 28,
  maxDeltaDepth: 4095,
  maxChainSize: 2 ** 34,
  maxExpansion: 10_000,
  maxTreeSize: 2 ** 26,
  maxTreesSize: 2 ** 29,
  maxTreeDepth: 2048,
  maxObjects: 2 ** 24,
  maxIndexSize: 2 ** 26,
  maxPathsSize: 2 ** 30,
};

/** All limits: the defaults where `own` has none, or undefined, which no size would exceed. */
export function completeLimits(own: Partial<Limits> = {}): Limits {
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(given) };
}

/** Most bytes of objects that may be built to read the whole of a PACK of `packSize` bytes. */
export function maxBuiltBytes(packSize: number, { maxChainSize, maxExpansion }: Limits): number {
  return Math.max(maxChainSize, packSize * maxExpansion);
}
