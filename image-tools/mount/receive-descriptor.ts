import { Arena } from '../../tender/native/arena.ts';
import type { Libc } from '../../tender/native/libc.ts';

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x40000000;
const EINTR = 4;
// struct msghdr of 64-bit Linux, in words: name and its length, iovecs and their number, control and its
// length, flags.
const HEADER_WORDS = 7;
const CONTROL_BYTES = 64;
/** Of struct cmsghdr: length, level and type. */
const CONTROL_HEADER = 16;

/**
 * Waits for a message with a descriptor on a socket: gives that, which no program inherits; undefined if the
 * other side has closed the socket or sent none. @throws {SyscallError}
 */
export function receiveDescriptor(libc: Libc, socket: number): number | undefined {
  const arena = new Arena(libc);
  const control = arena.allot(CONTROL_BYTES);
  const iovec = arena.words([arena.allot(8).address, 1n]);
  const words = new Array<bigint>(HEADER_WORDS).fill(0n);
  words.splice(2, 4, iovec, 1n, control.address, BigInt(CONTROL_BYTES));
  const header = arena.words(words);
  let count: number;
  do count = libc.raw('recvmsg', socket, header, MSG_CMSG_CLOEXEC);
  while (count === -EINTR);
  const view = new DataView(control.buffer);
  const isDescriptor =
    count > 0 &&
    view.getBigUint64(0, true) === BigInt(CONTROL_HEADER + 4) &&
    view.getInt32(8, true) === SOL_SOCKET &&
    view.getInt32(12, true) === SCM_RIGHTS;
  const fd = isDescriptor ? view.getInt32(CONTROL_HEADER, true) : undefined;
  arena.release();
  return fd;
}
