/** A column of numbers, whose memory is its own. */
export type Column = Uint8Array | Uint32Array | Int32Array | Float64Array;

/**
 * A column of `length` that begins with what `column` holds. The old column's memory is free at once,
 * without waiting for a collection: what a growing list leaves behind adds up to its own size.
 */
export function grown<C extends Column>(column: C, length: number): C {
  const Type = column.constructor as new (buffer: ArrayBuffer) => C;
  const { buffer, BYTES_PER_ELEMENT } = column;
  if (buffer instanceof ArrayBuffer) return new Type(buffer.transfer(length * BYTES_PER_ELEMENT));
  const copy = new Type(new ArrayBuffer(length * BYTES_PER_ELEMENT));
  copy.set(column);
  return copy;
}

/** Frees the memory of a column that nobody needs any more, without waiting for a collection. */
export function release({ buffer }: Column): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** A copy of a column in memory that threads share. */
export function shared<C extends Column>(column: C): C {
  const Type = column.constructor as new (buffer: SharedArrayBuffer) => C;
  const copy = new Type(new SharedArrayBuffer(column.byteLength));
  copy.set(column);
  return copy;
}
