/** Bounds that a reader sets on what an image may ask of it. All are checked before they cost. */
export interface Limits {
  /** Largest object that is held in memory whole, in bytes. */
  readonly maxObjectSize: number;
  /** Longest chain of deltas from an entry to its undeltified base. */
  readonly maxDeltaDepth: number;
  /** Deepest nesting of trees. */
  readonly maxTreeDepth: number;
  /** Most objects in one PACK. */
  readonly maxObjects: number;
}

/**
 * Git packs with a depth of 50 by default and accepts 4,095; PATH_MAX allows about 2,000 levels of
 * folders. Objects above 1 GiB are streamed or refused, never held.
 */
export const DEFAULT_LIMITS: Limits = {
  maxObjectSize: 2 ** 30,
  maxDeltaDepth: 4095,
  maxTreeDepth: 2048,
  maxObjects: 2 ** 28,
};
