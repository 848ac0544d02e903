import { HostError } from '../../base/errors.ts';
import { Arena } from '../../native/arena.ts';
import { O_CLOEXEC } from '../../native/constants.ts';
import { type Libc, SyscallError } from '../../native/libc.ts';
import type { OpenFds } from './start-guest.ts';

const TFD_NONBLOCK = 0o4000;
const CLOCK_MONOTONIC = 1;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
/** What the bindings of Solo5 know the timer by; network devices are known by their handles. */
const TIMER = 0xfffffffen;

/** What a guest waits with. */
export interface EventFds {
  readonly epollFd: number;
  readonly timerFd: number;
  /** Written to when the guest may begin. */
  readonly startFd: number;
}

/**
 * Makes what a guest of spt waits with: for its timer, and for its network devices.
 * @param fds take what is opened, failure or not
 * @throws {HostError}
 */
export function openEventFds(
  libc: Libc,
  fds: OpenFds,
  nets: readonly { readonly handle: number; readonly fd: number }[],
): EventFds {
  const arena = new Arena(libc);
  function watch(epollFd: number, fd: number, known: bigint): void {
    // struct epoll_event has no padding on x86_64.
    const event = arena.allot(12);
    const view = new DataView(event.buffer);
    view.setUint32(0, EPOLLIN, true);
    view.setBigUint64(4, known, true);
    libc.call('epoll_ctl', epollFd, EPOLL_CTL_ADD, fd, event.address);
  }
  try {
    const epollFd = fds.add(libc.call('epoll_create1', O_CLOEXEC));
    const timer = libc.call('timerfd_create', CLOCK_MONOTONIC, O_CLOEXEC | TFD_NONBLOCK);
    const timerFd = fds.add(timer);
    watch(epollFd, timerFd, TIMER);
    for (const { fd, handle } of nets) watch(epollFd, fd, BigInt(handle));
    return { epollFd, timerFd, startFd: fds.add(libc.call('eventfd2', 0, O_CLOEXEC)) };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new HostError(`cannot start the guest: ${error.message}`);
  } finally {
    arena.release();
  }
}
