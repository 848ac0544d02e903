import { EINTR, POLLIN } from './constants.ts';
import { type Libc, SyscallError } from './libc.ts';

/** Of struct pollfd: i32 descriptor, i16 events, i16 what there is. */
const ENTRY_BYTES = 8;

/** Waits for descriptors that can be read, on this thread. */
export class Poller {
  readonly #libc: Libc;
  readonly #most: number;
  readonly #entries: DataView;
  readonly #address: bigint;
  readonly #zero: bigint;

  /** @param most descriptors at once */
  constructor(libc: Libc, most: number) {
    const memory = new ArrayBuffer(most * ENTRY_BYTES);
    this.#libc = libc;
    this.#most = most;
    this.#entries = new DataView(memory);
    this.#address = libc.address(memory);
    // struct timespec: seconds and nanoseconds.
    this.#zero = libc.keep(new Uint8Array(16));
  }

  /**
   * Those of `fds` that can be read, or whose other side is gone.
   * @param wait until there is one; else it only looks
   * @throws {SyscallError}
   */
  poll(fds: readonly number[], wait: boolean): number[] {
    if (fds.length > this.#most) throw new RangeError(`${fds.length} descriptors to be polled`);
    for (const [index, fd] of fds.entries()) {
      this.#entries.setInt32(index * ENTRY_BYTES, fd, true);
      this.#entries.setInt16(index * ENTRY_BYTES + 4, POLLIN, true);
      this.#entries.setInt16(index * ENTRY_BYTES + 6, 0, true);
    }
    const count = this.#libc.raw('ppoll', this.#address, fds.length, wait ? 0 : this.#zero, 0, 0);
    if (count === -EINTR) return [];
    if (count < 0) throw new SyscallError('ppoll', -count);
    if (count === 0) return [];
    return fds.filter((_, index) => this.#entries.getInt16(index * ENTRY_BYTES + 6, true) !== 0);
  }
}
