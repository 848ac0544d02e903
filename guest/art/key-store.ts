import { grown } from './grow.ts';

/** Byte strings, one behind the other; each is known by its number, counted from 0. */
export class KeyStore {
  #bytes = new Uint8Array(256);
  /** Where key n starts; one more entry says where the last one ends. */
  #starts = new Uint32Array(64);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Memory held, in bytes. */
  get byteLength(): number {
    return this.#bytes.byteLength + this.#starts.byteLength;
  }

  /** Copies bytes `from`..`to` of `source` in; returns the new key's number. */
  append(source: Uint8Array, from: number, to: number): number {
    const key = this.#count;
    const start = this.#end();
    const end = start + to - from;
    if (end > 0xffff_ffff) throw new RangeError('more than 4 GiB of keys');
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, end);
    if (key + 2 > this.#starts.length) this.#starts = grown(this.#starts, key + 2);
    this.#bytes.set(source.subarray(from, to), start);
    this.#starts[key + 1] = end;
    this.#count = key + 1;
    return key;
  }

  /** A view of a key's bytes; valid until the next `append` or `compact`. */
  view(key: number): Uint8Array {
    return this.#bytes.subarray(this.#start(key), this.#start(key + 1));
  }

  /** Byte `at` of a key, and the terminator 0 where the key ends. */
  byteAt(key: number, at: number): number {
    const position = this.#start(key) + at;
    return position < this.#start(key + 1) ? (this.#bytes[position] as number) : 0;
  }

  equals(key: number, source: Uint8Array, from: number, to: number): boolean {
    const start = this.#start(key);
    if (this.#start(key + 1) - start !== to - from) return false;
    for (let i = 0; i < to - from; i++) {
      if (this.#bytes[start + i] !== source[from + i]) return false;
    }
    return true;
  }

  /**
   * Where a key and the bytes `from`..`to` of `source` first differ, each taken with its terminator;
   * -1 if they are equal.
   */
  difference(key: number, source: Uint8Array, from: number, to: number): number {
    const start = this.#start(key);
    const length = this.#start(key + 1) - start;
    const shared = Math.min(length, to - from);
    for (let i = 0; i < shared; i++) {
      if (this.#bytes[start + i] !== source[from + i]) return i;
    }
    return length === to - from ? -1 : shared;
  }

  /** Gives back the memory kept for growth. */
  compact(): void {
    this.#bytes = this.#bytes.slice(0, this.#end());
    this.#starts = this.#starts.slice(0, this.#count + 1);
  }

  #start(key: number): number {
    return this.#starts[key] as number;
  }

  #end(): number {
    return this.#start(this.#count);
  }
}
