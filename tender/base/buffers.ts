/** Bytes of all buffers together. */
export function byteLength(buffers: readonly Uint8Array[]): number {
  let sum = 0;
  for (const { length } of buffers) sum += length;
  return sum;
}

/** The bytes from `start` to `end` of a list of buffers, as views of them; fewer where it ends before. */
export function sliceBuffers(
  buffers: readonly Uint8Array[],
  start: number,
  end: number,
): Uint8Array[] {
  const slices: Uint8Array[] = [];
  let at = 0;
  for (const buffer of buffers) {
    const from = Math.max(0, start - at);
    const to = Math.min(buffer.length, end - at);
    if (from < to) slices.push(buffer.subarray(from, to));
    at += buffer.length;
  }
  return slices;
}

/** Copies `from` to the start of a list of buffers, as far as there is room; gives the bytes copied. */
export function copyTo(buffers: readonly Uint8Array[], from: Uint8Array): number {
  let copied = 0;
  for (const buffer of buffers) {
    const part = from.subarray(copied, copied + buffer.length);
    buffer.set(part);
    copied += part.length;
  }
  return copied;
}

/** A copy of the first `length` bytes of a list of buffers; fewer where it ends before. */
export function copyOf(buffers: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(length);
  let copied = 0;
  for (const buffer of buffers) {
    if (copied === length) break;
    const part = buffer.subarray(0, length - copied);
    copy.set(part, copied);
    copied += part.length;
  }
  return copied === length ? copy : copy.subarray(0, copied);
}
