import type { ByteSource } from '#format';
import { MissingBytes } from '#reader';
import type { ByteRanges } from './byte-ranges.ts';
import { ReadAhead } from './read-ahead.ts';
import { runsOf } from './runs.ts';

/** What is fetched and kept at once, in bytes. */
export const LINE_BYTES = 32 * 1024;
/** Most lines that one request asks for, and that are fetched because a reader announced them. */
const MAX_RUN = 64;

/** The lines that one call of a reader has touched so far: none of them may go before it ends. */
export type Pins = Set<number>;

/**
 * Bytes that come later, as a source for readers: it throws {@link MissingBytes} where bytes are not at hand, and
 * `fetch` brings them. Lines used last are kept, up to a number of bytes; those of calls under way are kept
 * beyond it. Lines that several calls wait for are fetched once.
 */
export class FetchedLines implements ByteSource {
  readonly size: number;
  readonly #ranges: ByteRanges;
  readonly #cacheBytes: number;
  /** The one that was not used for longest first. */
  readonly #lines = new Map<number, Uint8Array>();
  #heldBytes = 0;
  readonly #coming = new Map<number, Promise<void>>();
  readonly #calls = new Set<Pins>();
  #current: Pins | undefined;
  #announced: number[] = [];
  readonly #ahead = new ReadAhead(MAX_RUN);

  constructor(ranges: ByteRanges, cacheBytes: number) {
    this.size = ranges.size;
    this.#ranges = ranges;
    this.#cacheBytes = cacheBytes;
  }

  /** Takes bytes that are at hand, from the start of the source on: whole lines, or all. */
  keepHead(bytes: Uint8Array): void {
    this.#keep(0, bytes);
  }

  window(offset: number, want: number): Uint8Array {
    if (!(offset >= 0 && offset < this.size)) return new Uint8Array(0);
    const number = Math.floor(offset / LINE_BYTES);
    this.#current?.add(number);
    const line = this.#lines.get(number);
    if (line === undefined) {
      throw new MissingBytes(offset, Math.max(1, Math.min(want, this.size - offset)));
    }
    this.#lines.delete(number);
    this.#lines.set(number, line);
    return line.subarray(offset - number * LINE_BYTES);
  }

  expect(offset: number, want: number): void {
    this.#announce(offset, offset + want);
  }

  prefetch(extents: Float64Array): number {
    for (let i = 0; i < extents.length; i += 2) {
      const isTaken = this.#announce(extents[i] as number, extents[i + 1] as number);
      if (!isTaken && i > 0) return i / 2;
    }
    return extents.length / 2;
  }

  /** Begins a call of a reader; to be ended by `end`. */
  begin(): Pins {
    const pins: Pins = new Set();
    this.#calls.add(pins);
    return pins;
  }

  /** Makes a call, or makes it again: what it touches stays at hand until it ends. */
  attempt<Result>(pins: Pins, call: () => Result): Result {
    this.#current = pins;
    this.#announced = [];
    try {
      return call();
    } finally {
      this.#current = undefined;
    }
  }

  end(pins: Pins): void {
    this.#calls.delete(pins);
    this.#evict();
  }

  /** Fetches what is missing, with what was announced meanwhile; settles once the former is at hand. */
  async fetch({ offset, length }: MissingBytes, pins: Pins): Promise<void> {
    const first = Math.floor(offset / LINE_BYTES);
    const reached = Math.floor((offset + length - 1) / LINE_BYTES) - first + 1;
    const wanted = new Set(this.#announced.splice(0));
    // Who waits for a line with others is not at another place than they.
    if (!this.#coming.has(first)) {
      const count = this.#ahead.linesAt(first, Math.min(reached, MAX_RUN));
      for (let number = first; number < first + count; number++) wanted.add(number);
    }
    const isWanted = (number: number) => !this.#lines.has(number) && !this.#coming.has(number);
    const last = Math.ceil(this.size / LINE_BYTES) - 1;
    const lacking = [...wanted].filter((number) => number <= last && isWanted(number));
    for (const run of runsOf(lacking, isWanted, MAX_RUN)) this.#begin(run.first, run.count);
    pins.add(first);
    await this.#coming.get(first);
  }

  /** Lets go of everything. */
  clear(): void {
    this.#lines.clear();
    this.#heldBytes = 0;
  }

  /** Whether there was room for it. */
  #announce(from: number, to: number): boolean {
    const first = Math.max(0, Math.floor(from / LINE_BYTES));
    const last = Math.floor((Math.min(to, this.size) - 1) / LINE_BYTES);
    for (let number = first; number <= last; number++) {
      if (this.#announced.length >= MAX_RUN) return false;
      if (!this.#lines.has(number)) this.#announced.push(number);
    }
    return true;
  }

  #begin(first: number, count: number): void {
    const from = first * LINE_BYTES;
    const coming = this.#ranges
      .read(from, Math.min(from + count * LINE_BYTES, this.size))
      .then((bytes) => this.#keep(first, bytes))
      .finally(() => {
        for (let number = first; number < first + count; number++) this.#coming.delete(number);
      });
    for (let number = first; number < first + count; number++) this.#coming.set(number, coming);
    // Who waits for it is told; what was only announced is perhaps never wanted.
    coming.catch(() => {});
  }

  #keep(first: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += LINE_BYTES) {
      const number = first + at / LINE_BYTES;
      const line = bytes.slice(at, at + LINE_BYTES);
      this.#heldBytes += line.length - (this.#lines.get(number)?.length ?? 0);
      this.#lines.set(number, line);
    }
    this.#evict();
  }

  #evict(): void {
    if (this.#heldBytes <= this.#cacheBytes) return;
    for (const [number, line] of this.#lines) {
      if (this.#heldBytes <= this.#cacheBytes) return;
      if (this.#isPinned(number)) continue;
      this.#lines.delete(number);
      this.#heldBytes -= line.length;
    }
  }

  #isPinned(number: number): boolean {
    for (const pins of this.#calls) if (pins.has(number)) return true;
    return false;
  }
}
