import { MAX_PATH_KEY } from './layout.ts';

/** Writes keys as FrontCodedKeys reads them. */
export class FrontCoder {
  readonly bytes: Uint8Array;
  length = 0;
  readonly #last = new Uint8Array(MAX_PATH_KEY);
  #lastLength = 0;

  /** Writes into `bytes`, which the caller keeps large enough. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** How many bytes `key` takes if it comes next. */
  sizeOf(key: Uint8Array, shared: number): number {
    const rest = key.length - shared;
    return lengthSize(shared) + lengthSize(rest) + rest;
  }

  /** How many bytes `key` has in common with the last one. */
  sharedWithLast(key: Uint8Array): number {
    return commonLength(this.#last, this.#lastLength, key);
  }

  /** Appends a key, which is above the last one. */
  add(key: Uint8Array, shared: number): void {
    this.#writeLength(shared);
    this.#writeLength(key.length - shared);
    this.bytes.set(shared === 0 ? key : key.subarray(shared), this.length);
    this.length += key.length - shared;
    this.#last.set(shared === 0 ? key : key.subarray(shared), shared);
    this.#lastLength = key.length;
  }

  /** Starts over. */
  clear(): void {
    this.length = 0;
    this.#lastLength = 0;
  }

  #writeLength(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.bytes[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }
}

function lengthSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : 3;
}

function commonLength(a: Uint8Array, aLength: number, b: Uint8Array): number {
  const end = Math.min(aLength, b.length);
  let at = 0;
  while (at < end && a[at] === b[at]) at += 1;
  return at;
}
