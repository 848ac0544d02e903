import { HostError } from '../base/errors.ts';
import type { FetchClient } from './fetch-client.ts';
import { MAX_LENGTH } from './wire.ts';

/** What is fetched and kept at once, in bytes. */
export const LINE_BYTES = 32 * 1024;
/** Most lines of one request, and that are fetched because they were announced. */
const MAX_RUN = MAX_LENGTH / LINE_BYTES;
const MAX_ANNOUNCED = 4 * MAX_RUN;
/** Places are remembered at which reads may go on. */
const MAX_PLACES = 8;

/** Thrown where bytes are not at hand: whoever asked is called again once they are. */
export class NotAtHand extends Error {
  override readonly name = 'NotAtHand';
  readonly offset: number;
  readonly length: number;

  constructor(offset: number, length: number) {
    super(`bytes ${offset} to ${offset + length} are not at hand`);
    this.offset = offset;
    this.length = length;
  }
}

/** A call that may have to be made again: what it has touched stays at hand until it ends. */
export class AwaitedCall {
  /** Lines that it has touched. */
  readonly pins = new Set<number>();
  /** The line without which it cannot go on. */
  waitsFor: number | undefined;
  /** Why that line cannot be had. */
  failure: Error | undefined;

  /** Whether to make it again now makes sense. */
  get isReady(): boolean {
    return this.waitsFor === undefined;
  }
}

/**
 * Bytes of an image that another process fetches, on a thread that must not wait for it. A call that lacks some fails
 * at once, and is made again once they came. Lines used last are kept, up to a number of bytes; those of calls under
 * way beyond it. A line that several calls want is fetched once; one that cannot be had fails all of them, and is
 * fetched again for the next one.
 */
export class AwaitedLines {
  /** Bytes. */
  readonly size: number;
  readonly #client: FetchClient;
  readonly #cacheBytes: number;
  /** The one that was not used for longest first. */
  readonly #lines = new Map<number, Uint8Array>();
  readonly #coming = new Set<number>();
  readonly #calls = new Set<AwaitedCall>();
  /** By the line at which a miss would follow: how many lines were fetched before. */
  readonly #places = new Map<number, number>();
  #announced = new Set<number>();
  #heldBytes = 0;
  #current: AwaitedCall | undefined;

  /** @param size of the image, in bytes */
  constructor(client: FetchClient, size: number, cacheBytes: number) {
    this.#client = client;
    this.size = size;
    this.#cacheBytes = cacheBytes;
  }

  /** Becomes readable once {@link hear} has something to do. */
  get fd(): number {
    return this.#client.fd;
  }

  /** Whether calls under way hold so much that no further one is to begin. */
  get isFull(): boolean {
    return this.#heldBytes > 2 * this.#cacheBytes;
  }

  /** Takes what has come. @throws {HostError} where nothing comes any more */
  hear(): void {
    this.#client.hear();
  }

  /** Begins a call; to be ended by {@link end}. */
  begin(): AwaitedCall {
    const call = new AwaitedCall();
    this.#calls.add(call);
    return call;
  }

  /**
   * Makes a call, or makes it again.
   * @returns undefined where bytes are not at hand: it is to be made again once `isReady`
   * @throws what it throws
   */
  attempt<Result>(call: AwaitedCall, action: () => Result): Result | undefined {
    this.#current = call;
    this.#announced = new Set();
    try {
      const result = action();
      // It did without what it found missing.
      call.waitsFor = undefined;
      return result;
    } catch (error) {
      if (call.waitsFor === undefined) throw error;
      this.#ask([...this.#announced].sort((a, b) => a - b));
      return undefined;
    } finally {
      this.#current = undefined;
    }
  }

  end(call: AwaitedCall): void {
    this.#calls.delete(call);
    this.#evict();
  }

  /**
   * The bytes from `offset` to the end of their line.
   * @param want how many are going to be read
   * @throws {NotAtHand}
   * @throws {HostError} where they cannot be had
   */
  window(offset: number, want: number): Uint8Array {
    if (!(offset >= 0 && offset < this.size)) return new Uint8Array(0);
    const number = Math.floor(offset / LINE_BYTES);
    const call = this.#current;
    const line = this.#lines.get(number);
    if (line !== undefined) {
      call?.pins.add(number);
      this.#lines.delete(number);
      this.#lines.set(number, line);
      return line.subarray(offset - number * LINE_BYTES);
    }
    const failure = call?.failure;
    if (call !== undefined && failure !== undefined) {
      call.failure = undefined;
      throw failure;
    }
    const length = Math.max(1, Math.min(want, this.size - offset));
    this.#fetch(number, Math.floor((offset + length - 1) / LINE_BYTES));
    if (call !== undefined) call.waitsFor ??= number;
    throw new NotAtHand(offset, length);
  }

  /** Tells what is going to be read: it comes with what is missing. */
  expect(offset: number, want: number): void {
    this.#announce(offset, offset + want);
  }

  /** The same for several extents: where each begins, and ends. @returns how many were taken */
  prefetch(extents: Float64Array): number {
    for (let i = 0; i < extents.length; i += 2) {
      const isTaken = this.#announce(extents[i] as number, extents[i + 1] as number);
      if (!isTaken && i > 0) return i / 2;
    }
    return extents.length / 2;
  }

  #announce(from: number, to: number): boolean {
    const first = Math.max(0, Math.floor(from / LINE_BYTES));
    const last = Math.floor((Math.min(to, this.size) - 1) / LINE_BYTES);
    for (let number = first; number <= last; number += 1) {
      if (this.#announced.size >= MAX_ANNOUNCED) return false;
      if (this.#isLacking(number)) this.#announced.add(number);
    }
    return true;
  }

  #isLacking(number: number): boolean {
    return !this.#lines.has(number) && !this.#coming.has(number);
  }

  /** Asks for lines; more than those, where reads follow one another. */
  #fetch(first: number, last: number): void {
    if (this.#coming.has(first)) return;
    const before = this.#places.get(first) ?? 0;
    const count = Math.max(Math.min(before * 2, MAX_RUN), Math.min(last - first + 1, MAX_RUN));
    this.#places.delete(first);
    this.#places.set(first + count, count);
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= MAX_PLACES) break;
      this.#places.delete(oldest);
    }
    const wanted = Array.from({ length: count }, (_, index) => first + index);
    this.#ask(wanted);
  }

  /** Asks for those of `numbers`, which ascend, that are lacking: neighbours by one request. */
  #ask(numbers: readonly number[]): void {
    const end = Math.ceil(this.size / LINE_BYTES);
    let run: { first: number; count: number } | undefined;
    const finish = () => {
      if (run !== undefined) this.#begin(run.first, run.count);
      run = undefined;
    };
    for (const number of numbers) {
      if (number >= end || !this.#isLacking(number)) continue;
      if (run !== undefined && run.first + run.count === number && run.count < MAX_RUN) {
        run.count += 1;
      } else {
        finish();
        run = { first: number, count: 1 };
      }
    }
    finish();
  }

  #begin(first: number, count: number): void {
    const offset = first * LINE_BYTES;
    const length = Math.min(count * LINE_BYTES, this.size - offset);
    for (let number = first; number < first + count; number += 1) this.#coming.add(number);
    this.#client.ask(offset, length, (result) => {
      for (let number = first; number < first + count; number += 1) this.#coming.delete(number);
      if (result instanceof Error) this.#fail(first, count, result);
      else this.#keep(first, result);
    });
  }

  #fail(first: number, count: number, { message }: Error): void {
    for (const call of this.#calls) {
      const { waitsFor } = call;
      if (waitsFor === undefined || waitsFor < first || waitsFor >= first + count) continue;
      call.waitsFor = undefined;
      call.failure = new HostError(message);
    }
  }

  #keep(first: number, bytes: Uint8Array): void {
    const last = first + Math.ceil(bytes.length / LINE_BYTES);
    for (let number = first; number < last; number += 1) {
      const at = (number - first) * LINE_BYTES;
      // A copy: one line is not to hold all that came with it.
      const line = bytes.slice(at, at + LINE_BYTES);
      this.#lines.set(number, line);
      this.#heldBytes += line.length;
    }
    for (const call of this.#calls) {
      const { waitsFor } = call;
      if (waitsFor === undefined || waitsFor < first || waitsFor >= last) continue;
      call.pins.add(waitsFor);
      call.waitsFor = undefined;
    }
    this.#evict();
  }

  #evict(): void {
    if (this.#heldBytes <= this.#cacheBytes) return;
    const pinned = new Set<number>();
    for (const { pins } of this.#calls) for (const number of pins) pinned.add(number);
    for (const [number, line] of this.#lines) {
      if (this.#heldBytes <= this.#cacheBytes) return;
      if (pinned.has(number)) continue;
      this.#lines.delete(number);
      this.#heldBytes -= line.length;
    }
  }
}
