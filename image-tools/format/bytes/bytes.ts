import { FormatError } from '../base/errors.ts';

const TWO_32 = 2 ** 32;

/** @throws FormatError TRUNCATED unless `length` bytes stand at `at`. */
export function checkRoom(bytes: Uint8Array, at: number, length: number): void {
  if (at < 0 || length > bytes.length - at) {
    throw new FormatError('TRUNCATED', `${length} bytes needed, only ${bytes.length - at} left`, {
      offset: at,
    });
  }
}

/** Reads an unsigned 32-bit big-endian integer. @throws FormatError TRUNCATED */
export function decodeU32BE(bytes: Uint8Array, at: number): number {
  checkRoom(bytes, at, 4);
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** Writes an unsigned 32-bit big-endian integer; the caller keeps it below 2^32. */
export function encodeU32BE(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** Reads an unsigned 64-bit big-endian integer. @throws FormatError TRUNCATED, LIMIT above 2^53−1 */
export function decodeU64BE(bytes: Uint8Array, at: number): number {
  checkRoom(bytes, at, 8);
  return joinHalves(decodeU32BE(bytes, at), decodeU32BE(bytes, at + 4), at);
}

/** Reads an unsigned 64-bit little-endian integer. @throws FormatError TRUNCATED, LIMIT above 2^53−1 */
export function decodeU64LE(bytes: Uint8Array, at: number): number {
  checkRoom(bytes, at, 8);
  const swapped = Uint8Array.from(bytes.subarray(at, at + 8)).reverse();
  return joinHalves(decodeU32BE(swapped, 0), decodeU32BE(swapped, 4), at);
}

/** Writes a safe integer as unsigned 64-bit big-endian. */
export function encodeU64BE(out: Uint8Array, at: number, value: number): void {
  encodeU32BE(out, at, Math.floor(value / TWO_32));
  encodeU32BE(out, at + 4, value % TWO_32);
}

/** Writes a safe integer as unsigned 64-bit little-endian. */
export function encodeU64LE(out: Uint8Array, at: number, value: number): void {
  encodeU64BE(out, at, value);
  out.subarray(at, at + 8).reverse();
}

/**
 * New bytes for an object of an image. What the limits allow may still be more than the machine has
 * left, and that is the image's fault too.
 * @throws FormatError LIMIT
 */
export function allocateBytes(size: number, offset?: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const place = { offset, cause: error };
    throw new FormatError('LIMIT', `no memory for an object of ${size} bytes`, place);
  }
}

/** Compares two byte strings as memcmp does, a prefix before what continues it. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Whether two byte strings are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** A copy of a range. `slice` would not do: node's Buffer gives a view there. */
export function copyRange(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}

/** Concatenates byte strings into new bytes. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Bytes of a text of ASCII characters, or of any up to 255: each is one byte. */
export function encodeAscii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Text of bytes, each one character (ISO 8859-1): lossless, also for bytes that are no UTF-8. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = '';
  // String.fromCharCode takes its arguments on the stack: pieces keep that bounded.
  for (let at = 0; at < bytes.length; at += 4096) {
    // A spread would iterate, which takes three times as long.
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + 4096));
  }
  return text;
}

function joinHalves(high: number, low: number, at: number): number {
  const value = high * TWO_32 + low;
  if (!Number.isSafeInteger(value)) {
    throw new FormatError('LIMIT', 'a 64-bit number beyond 2^53-1', { offset: at });
  }
  return value;
}
