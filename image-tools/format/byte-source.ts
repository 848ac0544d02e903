/**
 * Random access to bytes that stand still: an image in a file, in memory, or behind a block device.
 * Offsets and sizes are in bytes.
 */
export interface ByteSource {
  /** Size of the whole, in bytes; a safe integer. */
  readonly size: number;
  /**
   * A view of the bytes that start at `offset`: at least 1 byte where `offset < size`, otherwise
   * empty; as many as are at hand, often more or less than `want`, which is only a hint for how
   * much to read ahead. The view is borrowed: it is valid until the next call on this source.
   */
  window(offset: number, want: number): Uint8Array;
}
