import { getSystemErrorMap } from 'node:util';
import { MAP_SHARED } from './constants.ts';
import { isMusl, loadKoffi } from './koffi.ts';
import { type SyscallName, type SyscallTable, syscallTable } from './syscall-numbers.ts';

type Long = number | bigint;

/** A system call that failed. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError';
  readonly call: string;
  readonly errno: number;

  constructor(call: string, errno: number) {
    const text = getSystemErrorMap().get(-errno)?.[1] ?? `errno ${errno}`;
    super(`${call}: ${text}`);
    this.call = call;
    this.errno = errno;
  }
}

/** The kernel, through koffi. Addresses are those of this process. */
export interface Libc {
  readonly table: SyscallTable;
  /** The result, or −errno. Arguments are integers: addresses travel as bigint. */
  raw(call: SyscallName, a?: Long, b?: Long, c?: Long, d?: Long, e?: Long, f?: Long): number;
  /** The result. @throws {SyscallError} */
  call(...args: Parameters<Libc['raw']>): number;
  /** Makes the call on another thread. `done` gets no result: the caller finds it in memory. */
  callLater(call: SyscallName, args: readonly Long[], done: () => void): void;
  /** Maps `size` bytes of a shared memory file; the result's address is that of its first byte. */
  mapShared(fd: number, size: number): SharedMapping;
  /** The address of a copy of `bytes` that is never freed: for the few that a process needs. */
  keep(bytes: Uint8Array): bigint;
  /** @throws where this architecture has no such call */
  numberOf(call: SyscallName): number;
  /** Calls machine code at an address with one argument. */
  callAt(address: bigint, argument: bigint): number;
  /** Memory of this process. */
  view(address: bigint, length: number): ArrayBuffer;
  /** Whether the C library is musl. */
  readonly musl: boolean;
  /** The address of a buffer's memory, which must lie outside the heap, and be held by the caller. */
  address(buffer: ArrayBuffer): bigint;
  /**
   * A function of the C library, or of another library that this process has loaded; types are koffi's. Arrays
   * of bytes may be passed as pointers. @throws if there is none of that name
   */
  bind(
    name: string,
    result: string,
    parameters: readonly string[],
  ): (...args: (Long | Uint8Array)[]) => number;
}

/** A shared memory file in the memory of this process. */
export interface SharedMapping {
  readonly address: bigint;
  /** A view of a part of the mapping: not to be touched after `unmap`. */
  view(offset: number, length: number): ArrayBuffer;
  unmap(): void;
}

const PROT_READ_WRITE = 3;

let loaded: Libc | undefined;

/**
 * Ends this process, at once if the C library has been bound. Node's own exit waits for V8's threads, and one
 * of them may wait for this thread: some tenders never ended.
 */
export function exitProcess(status: number): never {
  loaded?.raw('exit_group', status);
  return process.exit(status);
}

/**
 * Binds the C library of this process.
 * @param koffiFiles see `findKoffi`
 * @throws where koffi cannot be loaded, or this is no Linux on a known architecture
 */
export function loadLibc(koffiFiles: readonly string[]): Libc {
  const table = process.platform === 'linux' ? syscallTable() : undefined;
  if (table === undefined) throw new Error(`no system calls for ${process.platform}`);
  const { koffi, file } = loadKoffi(koffiFiles);
  const library = koffi.load(null);
  const parameters = ['int64', 'int64', 'int64', 'int64', 'int64', 'int64', 'int64'];
  const syscall = library.func('syscall', 'int64', parameters);
  const mmap = library.func('mmap', 'void *', ['void *', 'size_t', 'int', 'int', 'int', 'int64']);

  const kept: Uint8Array[] = [];

  function numberOf(call: SyscallName): number {
    const number = table?.numbers[call];
    if (number === undefined) throw new Error(`no system call ${call} on ${process.arch}`);
    return number;
  }
  function pad(args: readonly Long[]): Long[] {
    return [args[0] ?? 0, args[1] ?? 0, args[2] ?? 0, args[3] ?? 0, args[4] ?? 0, args[5] ?? 0];
  }
  // Arguments are not passed as an array: in a guest's process, the guest may have changed arrays.
  function raw(
    call: SyscallName,
    a: Long = 0,
    b: Long = 0,
    c: Long = 0,
    d: Long = 0,
    e: Long = 0,
    f: Long = 0,
  ): number {
    const result = Number(syscall(numberOf(call), a, b, c, d, e, f));
    return result === -1 ? -koffi.errno() : result;
  }
  function check(call: SyscallName, result: number): number {
    if (result < 0) throw new SyscallError(call, -result);
    return result;
  }
  const call: Libc['call'] = (...args) => check(args[0], raw(...args));

  loaded = {
    table,
    raw,
    call,
    callLater(name, args, done) {
      syscall.async(numberOf(name), ...pad(args), done);
    },
    mapShared(fd, size) {
      const address = mmap(null, size, PROT_READ_WRITE, MAP_SHARED, fd, 0) as bigint | null;
      if (address === null || address === 0xffffffffffffffffn) {
        throw new SyscallError('mmap', koffi.errno());
      }
      return {
        address,
        view: (offset, length) => koffi.view(address + BigInt(offset), length),
        unmap: () => void call('munmap', address, size),
      };
    },
    keep(bytes) {
      // A buffer of its own lies outside the heap, where nothing moves it.
      const copy = new Uint8Array(new ArrayBuffer(bytes.length));
      copy.set(bytes);
      kept.push(copy);
      return koffi.address(copy);
    },
    numberOf,
    callAt: (address, argument) =>
      Number(koffi.call(address, koffi.proto('int64', ['int64']), argument)),
    view: (address, length) => koffi.view(address, length),
    musl: isMusl(file),
    address: (buffer) => koffi.address(buffer),
    bind: (name, result, parameters) => library.func(name, result, [...parameters]),
  };
  return loaded;
}
