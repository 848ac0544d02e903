import { EINTR, POLLIN } from './constants.ts';
import { type Libc, SyscallError } from './libc.ts';
import { PollList } from './poll-list.ts';

/** Waits for descriptors that can be read, on this thread. */
export class Poller {
  readonly #libc: Libc;
  readonly #list: PollList;
  readonly #zero: bigint;

  /** @param most descriptors at once */
  constructor(libc: Libc, most: number) {
    this.#libc = libc;
    this.#list = new PollList(libc, most);
    // struct timespec: seconds and nanoseconds.
    this.#zero = libc.keep(new Uint8Array(16));
  }

  /**
   * Those of `fds` that can be read, or whose other side is gone.
   * @param wait until there is one; else it only looks
   * @throws {SyscallError}
   */
  poll(fds: readonly number[], wait: boolean): number[] {
    this.#list.ask(fds, POLLIN);
    const limit = wait ? 0 : this.#zero;
    const count = this.#libc.raw('ppoll', this.#list.address, fds.length, limit, 0, 0);
    if (count === -EINTR || count === 0) return [];
    if (count < 0) throw new SyscallError('ppoll', -count);
    return this.#list.ready().map((place) => fds[place] as number);
  }
}
