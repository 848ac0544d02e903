import { EINTR, O_CLOEXEC } from './constants.ts';
import { type Libc, SyscallError } from './libc.ts';

/** What may be waited for; errors, and that the other side is gone, are always told (epoll_ctl(2)). */
export const EPOLLIN = 1;
export const EPOLLOUT = 4;

const CTL_ADD = 1;
const CTL_DEL = 2;
const CTL_MOD = 3;
/** struct epoll_event: u32 events, u64 data, without padding between the two on x86_64 alone. */
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const DATA = EVENT_BYTES - 8;

/** Waits for many descriptors on this thread, level-triggered; made before the jail closes. */
export class Epoll {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #most: number;
  readonly #events: DataView;
  readonly #eventsAddress: number;
  readonly #event: DataView;
  readonly #eventAddress: number;

  /** @param most events that one call tells. @throws {SyscallError} */
  constructor(libc: Libc, most: number) {
    const events = new ArrayBuffer(most * EVENT_BYTES);
    const event = new ArrayBuffer(EVENT_BYTES);
    this.#libc = libc;
    this.#most = most;
    this.#events = new DataView(events);
    // Addresses of a process fit into a number, which costs less than a bigint.
    this.#eventsAddress = Number(libc.address(events));
    this.#event = new DataView(event);
    this.#eventAddress = Number(libc.address(event));
    this.#fd = libc.call('epoll_create1', O_CLOEXEC);
  }

  /** @throws {SyscallError} */
  add(fd: number, events: number): void {
    this.#control(CTL_ADD, fd, events);
  }

  /** @throws {SyscallError} */
  change(fd: number, events: number): void {
    this.#control(CTL_MOD, fd, events);
  }

  /** Before it is closed, where it has other descriptors. @throws {SyscallError} */
  remove(fd: number): void {
    this.#control(CTL_DEL, fd, 0);
  }

  #control(operation: number, fd: number, events: number): void {
    this.#event.setUint32(0, events, true);
    this.#event.setUint32(DATA, fd, true);
    this.#libc.call('epoll_ctl', this.#fd, operation, fd, this.#eventAddress);
  }

  /**
   * How many descriptors have something: `fd` and `events` say which and what, until the next call.
   * @param milliseconds to wait at most; -1 for no limit
   * @throws {SyscallError}
   */
  wait(milliseconds: number): number {
    const { raw } = this.#libc;
    const count = raw('epoll_pwait', this.#fd, this.#eventsAddress, this.#most, milliseconds, 0, 8);
    if (count === -EINTR) return 0;
    if (count < 0) throw new SyscallError('epoll_pwait', -count);
    return count;
  }

  fd(index: number): number {
    return this.#events.getUint32(index * EVENT_BYTES + DATA, true);
  }

  events(index: number): number {
    return this.#events.getUint32(index * EVENT_BYTES, true);
  }
}
