import { MSG_DONTWAIT, MSG_NOSIGNAL } from './constants.ts';
import type { Libc } from './libc.ts';

/**
 * Reads and writes on bare descriptors, for code that makes hundreds of thousands of them: a third of what
 * `node:fs` takes for a call, and no exceptions. Each gives the number of bytes, or −errno.
 */
export class Descriptors {
  readonly #libc: Libc;
  /** Of memory that was used before; it lies outside the heap, where nothing moves it. */
  readonly #addresses = new WeakMap<ArrayBufferLike, number>();

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Addresses of a process fit into a number, which costs less than a bigint. */
  #address({ buffer, byteOffset }: Uint8Array): number {
    let base = this.#addresses.get(buffer);
    if (base === undefined) {
      base = Number(this.#libc.address(buffer as ArrayBuffer));
      this.#addresses.set(buffer, base);
    }
    return base + byteOffset;
  }

  read(fd: number, into: Uint8Array): number {
    return this.#libc.raw('read', fd, this.#address(into), into.length);
  }

  /** From a place in a file. */
  readAt(fd: number, into: Uint8Array, position: number): number {
    return this.#libc.raw('pread64', fd, this.#address(into), into.length, position);
  }

  write(fd: number, from: Uint8Array): number {
    return this.#libc.raw('write', fd, this.#address(from), from.length);
  }

  /** To a socket, as much as it takes without waiting. */
  send(fd: number, from: Uint8Array): number {
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    return this.#libc.raw('sendto', fd, this.#address(from), from.length, flags);
  }
}
