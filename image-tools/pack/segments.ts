import type { SegmentBounds } from './levels.ts';

/** A slice of the order, searched for deltas on its own. */
export interface Segment {
  /** Places in the order: from the first, up to but not including the end. */
  readonly start: number;
  readonly end: number;
  /** Size of all contents, in bytes. */
  readonly bytes: number;
}

/** A family may go on in its segment up to this, in bytes, where its members are large. */
const MAX_SEGMENT_BYTES = 128 << 20;
/** All contents are this many segments, within the bounds of the level. */
const SEGMENTS = 6;
/** A segment ends with a family that ends between these parts of its size. */
const EARLY = 0.75;
const LATE = 1.5;
/** What makes a member of a family large, in bytes. */
const LARGE = 1 << 20;
/** Searching compares each object of a segment with all before it: their number is bounded too. */
const MAX_SEGMENT_OBJECTS = 4096;

/** Cuts a list into slices of at most `limit` bytes, or of one object. */
export function cutSlices(sizes: Float64Array, limit: number): Segment[] {
  return cut(sizes, (_place, _start, _size, bytes) => bytes > limit);
}

/**
 * Cuts an order into segments, as long as families allow. `parents` names for each place an earlier
 * similar one, or -1. The cut depends on the input only, never on how many threads there are.
 */
export function cutSegments(
  sizes: Float64Array,
  parents: Int32Array,
  { least, most }: SegmentBounds,
): Segment[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const segmentBytes = Math.max(least, Math.min(most, total / SEGMENTS));
  return cut(sizes, (place, start, size, bytes) => {
    if (place - start >= MAX_SEGMENT_OBJECTS) return true;
    // Where a family ends nothing is lost; it may go on a while to get there, or to its own end.
    const isRelated = (parents[place] as number) >= start;
    if (!isRelated) return bytes > segmentBytes * EARLY;
    return bytes > (size >= LARGE ? MAX_SEGMENT_BYTES : segmentBytes * LATE);
  });
}

/** Cuts before each place where the slice would be too much: `bytes` counts the place's `size` in. */
function cut(
  sizes: Float64Array,
  isTooMuch: (place: number, start: number, size: number, bytes: number) => boolean,
): Segment[] {
  const slices: Segment[] = [];
  let start = 0;
  let bytes = 0;
  sizes.forEach((size, place) => {
    if (place > start && isTooMuch(place, start, size, bytes + size)) {
      slices.push({ start, end: place, bytes });
      start = place;
      bytes = 0;
    }
    bytes += size;
  });
  if (sizes.length > start) slices.push({ start, end: sizes.length, bytes });
  return slices;
}
