import { argumentError, rangeError } from './errno.ts';

/** What a read is asked for: `position` null means where the last one ended. */
export interface ReadArguments {
  readonly buffer: Uint8Array;
  readonly position: number | null;
}

interface ReadOptions {
  readonly offset?: number | null;
  readonly length?: number | null;
  readonly position?: number | bigint | null;
}

/**
 * Reads the arguments of `read` behind the buffer, which are an offset, a length and a position, or an
 * object of them.
 * @returns the part of the buffer to fill
 */
export function readArguments(
  buffer: unknown,
  offsetOrOptions?: number | ReadOptions | null,
  length?: number | null,
  position?: number | bigint | null,
): ReadArguments {
  const bytes = bytesOf(buffer);
  const isObject = typeof offsetOrOptions === 'object' && offsetOrOptions !== null;
  const options: ReadOptions = isObject
    ? offsetOrOptions
    : { offset: offsetOrOptions ?? null, length: length ?? null, position: position ?? null };
  const offset = integer('offset', options.offset ?? 0, bytes.length);
  const count = integer('length', options.length ?? bytes.length - offset, bytes.length - offset);
  return { buffer: bytes.subarray(offset, offset + count), position: positionOf(options.position) };
}

/** The bytes of any view. */
export function bytesOf(buffer: unknown): Uint8Array {
  if (buffer instanceof Uint8Array) return buffer;
  if (!ArrayBuffer.isView(buffer)) {
    throw argumentError('buffer', 'an instance of Buffer, TypedArray, or DataView', buffer);
  }
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
}

/** A position in a file; null, and -1 for historical reasons, where the last read ended. */
export function positionOf(position: number | bigint | null | undefined): number | null {
  if (position === null || position === undefined) return null;
  const number = Number(position);
  if (number === -1) return null;
  return integer('position', number, Number.MAX_SAFE_INTEGER);
}

function integer(name: string, value: number, max: number): number {
  if (typeof value !== 'number') throw argumentError(name, 'of type number', value);
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw rangeError(name, `>= 0 && <= ${max}`, value);
  }
  return value;
}
