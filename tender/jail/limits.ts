// Limits on what a guest's process takes of the machine. Its present use is read from /proc.
import { Buffer } from 'node:buffer';
import { Arena } from '../native/arena.ts';
import {
  AT_FDCWD,
  RLIMIT_AS,
  RLIMIT_DATA,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_SIGPENDING,
} from '../native/constants.ts';
import type { Libc } from '../native/libc.ts';

const MIB = 2 ** 20;
const PAGE_BYTES = 4096;
/** Room for what Node itself needs while a guest runs, above all for young objects. */
const RUNTIME_MARGIN = 64 * MIB;
/**
 * Address space, for WebAssembly memories of 10 GiB each, of which only a part is used. Memory that is mapped
 * and only read costs page tables, a 512th of it: at most 256 MiB.
 */
const ADDRESS_SPACE = 128 * 1024 * MIB;
/**
 * Code that V8 makes of JavaScript. From version 13 on it claims 512 MiB as memory to write at its start,
 * and fills them from the beginning.
 */
const CODE_RANGE = 64 * MIB;
/** A mapping in /proc/self/maps that may be written and executed. */
const CODE_MAPPING = /^([0-9a-f]+)-([0-9a-f]+) rwxp /gm;

/** Reads a small file of the kernel's: Node's own functions refuse it. @throws {SyscallError} */
function readKernelFile(libc: Libc, path: string): string {
  const arena = new Arena(libc);
  const fd = libc.call('openat', AT_FDCWD, arena.text(path), 0, 0);
  const chunk = arena.allot(64 * 1024);
  let text = '';
  for (;;) {
    const count = libc.call('read', fd, chunk.address, chunk.buffer.byteLength);
    if (count === 0) break;
    text += Buffer.from(chunk.buffer, 0, count).toString('latin1');
  }
  libc.call('close', fd);
  arena.release();
  return text;
}

/**
 * Makes the memory that V8 claimed for code and did not use inaccessible for good: then it does not count as
 * data.
 */
function shrinkCodeRange(libc: Libc): void {
  for (const [, from, to] of readKernelFile(libc, '/proc/self/maps').matchAll(CODE_MAPPING)) {
    const start = Number.parseInt(from as string, 16);
    const end = Number.parseInt(to as string, 16);
    if (end - start <= CODE_RANGE) continue;
    libc.call('mprotect', start + CODE_RANGE, end - start - CODE_RANGE, 0);
  }
}

function limit(libc: Libc, resource: number, most: number): void {
  const pair = new BigUint64Array(2).fill(BigInt(most));
  libc.call('prlimit64', 0, resource, libc.keep(new Uint8Array(pair.buffer)), 0);
}

/**
 * Limits the memory of this process to what it uses already and `memory`. The filter lets it get private memory
 * only.
 * @param memory of the guest, in MiB
 * @throws {SyscallError} where /proc is not mounted
 */
export function limitMemory(libc: Libc, memory: number): void {
  shrinkCodeRange(libc);
  // Pages: all, resident, shared, text, library, data and stack.
  const pages = readKernelFile(libc, '/proc/self/statm').split(' ').map(Number);
  const [all = 0, , , , , data = 0] = pages;
  limit(libc, RLIMIT_DATA, data * PAGE_BYTES + memory * MIB + RUNTIME_MARGIN);
  limit(libc, RLIMIT_AS, all * PAGE_BYTES + memory * MIB + ADDRESS_SPACE);
}

/**
 * No further thread or process; few signals waiting.
 * @param descriptors new descriptors get numbers below this one; open ones stay
 */
export function limitKernelObjects(libc: Libc, descriptors: number): void {
  limit(libc, RLIMIT_NOFILE, descriptors);
  limit(libc, RLIMIT_NPROC, 0);
  limit(libc, RLIMIT_SIGPENDING, 16);
}
