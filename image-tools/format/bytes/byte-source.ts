import { FormatError } from '../base/errors.ts';

/**
 * Random access to bytes that do not change: an image in a file, in memory, or on a block device.
 * Offsets and sizes are in bytes.
 */
export interface ByteSource {
  /** Size of the whole, in bytes; a safe integer. */
  readonly size: number;
  /**
   * A view of the bytes that start at `offset`: at least 1 byte where `offset < size`, otherwise
   * empty; as many as are at hand, often more or less than `want`, which is only a hint for how
   * much to read ahead. The view is borrowed: it is valid until the next call on this source.
   *
   * It may throw where the bytes cannot be had, or not yet: any error but a FormatError passes through the
   * readers unchanged and leaves what they hold sound, so that the same call can be made again later.
   */
  window(offset: number, want: number): Uint8Array;
  /**
   * Says what will be asked for soon, where that can be read while the caller does something else: a
   * hint. No view is valid after it.
   */
  expect?(offset: number, want: number): void;
  /**
   * Says the same of many parts: `extents` holds where each begins and where it ends. Takes as many of them as
   * it has room for, from the first on, and gives how many, at least 1.
   */
  prefetch?(extents: Float64Array): number;
  /**
   * Fills the whole of `out` with the bytes at `offset`, all of which lie inside, and keeps none of them:
   * where that costs less than windows for what is read once. Throws as `window` does.
   */
  readOnce?(offset: number, out: Uint8Array): void;
}

/** A source over bytes in memory, which it borrows. */
export function memorySource(bytes: Uint8Array): ByteSource {
  // A negative start would count from the end.
  return {
    size: bytes.length,
    window: (offset) => bytes.subarray(offset < 0 ? bytes.length : offset),
  };
}

/**
 * The part of `source` that starts at `start` and ends before `end`, as a source of its own:
 * nothing outside it can be reached through it.
 * @throws FormatError TRUNCATED if the part does not lie inside the source
 */
export function partOfSource(source: ByteSource, start: number, end: number): ByteSource {
  if (!(start >= 0 && start <= end && end <= source.size)) {
    throw new FormatError('TRUNCATED', `bytes ${start} to ${end} of ${source.size}`);
  }
  const size = end - start;
  return {
    size,
    ...(source.readOnce && {
      readOnce: (offset, out) => {
        requireInside(offset, out.length, size);
        source.readOnce?.(start + offset, out);
      },
    }),
    expect: (offset, want) => {
      if (offset >= 0 && offset < size)
        source.expect?.(start + offset, Math.min(want, size - offset));
    },
    prefetch: (extents) => {
      if (source.prefetch === undefined) return extents.length / 2;
      return source.prefetch(extents.map((offset) => start + offset));
    },
    window(offset, want) {
      const left = size - offset;
      if (offset < 0 || left <= 0) return new Uint8Array(0);
      const view = source.window(start + offset, Math.min(want, left));
      return view.length > left ? view.subarray(0, left) : view;
    },
  };
}

/**
 * A view of at least `count` bytes at `offset`, or of all that is left if that is fewer. Borrowed:
 * valid until the next call on the source.
 */
export function peekBytes(source: ByteSource, offset: number, count: number): Uint8Array {
  const view = source.window(offset, count);
  const left = Math.max(0, source.size - offset);
  if (view.length >= count || view.length >= left) return view;
  const copy = new Uint8Array(Math.min(count, left));
  fill(source, offset, copy, view);
  return copy;
}

/**
 * Copies the bytes at `offset` into the whole of `out`.
 * @throws FormatError TRUNCATED if the source ends before
 */
export function readInto(source: ByteSource, offset: number, out: Uint8Array): void {
  requireInside(offset, out.length, source.size);
  if (out.length > 0) fill(source, offset, out, source.window(offset, out.length));
}

/**
 * The same for bytes that are not read again soon.
 * @throws FormatError TRUNCATED if the source ends before
 */
export function readOnce(source: ByteSource, offset: number, out: Uint8Array): void {
  requireInside(offset, out.length, source.size);
  if (out.length === 0) return;
  if (source.readOnce === undefined) fill(source, offset, out, source.window(offset, out.length));
  else source.readOnce(offset, out);
}

/**
 * A copy of exactly `length` bytes at `offset`.
 * @throws FormatError TRUNCATED if the source ends before; nothing is allocated then
 */
export function readExact(source: ByteSource, offset: number, length: number): Uint8Array {
  requireInside(offset, length, source.size);
  const bytes = new Uint8Array(length);
  readInto(source, offset, bytes);
  return bytes;
}

function requireInside(offset: number, length: number, size: number): void {
  if (offset >= 0 && length <= size - offset) return;
  throw new FormatError('TRUNCATED', `${length} bytes do not fit into ${size}`, { offset });
}

function fill(source: ByteSource, offset: number, out: Uint8Array, first: Uint8Array): void {
  let view = first;
  let done = 0;
  for (;;) {
    const left = out.length - done;
    out.set(view.length > left ? view.subarray(0, left) : view, done);
    done += Math.min(view.length, left);
    if (done === out.length) return;
    view = source.window(offset + done, out.length - done);
    if (view.length === 0) {
      throw new FormatError('TRUNCATED', 'the source ends before its size', {
        offset: offset + done,
      });
    }
  }
}
