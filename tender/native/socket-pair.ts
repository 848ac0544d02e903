import { Arena } from './arena.ts';
import { AF_UNIX, O_CLOEXEC, SOCK_STREAM } from './constants.ts';
import type { Libc } from './libc.ts';

/** Two descriptors that are connected, and that no program inherits by itself. @throws {SyscallError} */
export function socketPair(libc: Libc): [number, number] {
  const arena = new Arena(libc);
  const { buffer, address } = arena.allot(8);
  libc.call('socketpair', AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, address);
  const [ours = 0, theirs = 0] = new Int32Array(buffer);
  arena.release();
  return [ours, theirs];
}
