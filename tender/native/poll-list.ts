import type { Libc } from './libc.ts';

/** Of struct pollfd: i32 descriptor, i16 events, i16 what there is. */
const ENTRY_BYTES = 8;

/** Entries of ppoll(2). */
export class PollList {
  /** Valid while the list is referenced: a buffer of its own lies outside the heap, where nothing moves it. */
  readonly address: bigint;
  readonly #entries: DataView;
  #length = 0;

  /** @param most descriptors at once */
  constructor(libc: Libc, most: number) {
    const memory = new ArrayBuffer(Math.max(1, most) * ENTRY_BYTES);
    this.#entries = new DataView(memory);
    this.address = libc.address(memory);
  }

  /**
   * Fills it anew.
   * @throws {RangeError} beyond its size
   */
  ask(fds: readonly number[], events: number): void {
    if (fds.length * ENTRY_BYTES > this.#entries.byteLength)
      throw new RangeError(`${fds.length} descriptors to be polled`);
    for (const [index, fd] of fds.entries()) {
      this.#entries.setInt32(index * ENTRY_BYTES, fd, true);
      this.#entries.setInt16(index * ENTRY_BYTES + 4, events, true);
      this.#entries.setInt16(index * ENTRY_BYTES + 6, 0, true);
    }
    this.#length = fds.length;
  }

  /** Places of the descriptors at which something happened. */
  ready(): number[] {
    const places: number[] = [];
    for (let index = 0; index < this.#length; index += 1)
      if (this.#entries.getInt16(index * ENTRY_BYTES + 6, true) !== 0) places.push(index);
    return places;
  }
}
