import { Buffer } from 'node:buffer';
import type { Libc } from './libc.ts';

/** Memory at fixed addresses, which the kernel can read and write; it lives as long as the arena. */
export class Arena {
  readonly #libc: Libc;
  readonly #held: ArrayBuffer[] = [];

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Zeros. */
  allot(bytes: number): { readonly buffer: ArrayBuffer; readonly address: bigint } {
    const buffer = new ArrayBuffer(bytes);
    this.#held.push(buffer);
    return { buffer, address: this.#libc.address(buffer) };
  }

  /** A C string. */
  text(value: string): bigint {
    const bytes = Buffer.from(`${value}\0`);
    const { buffer, address } = this.allot(bytes.length);
    new Uint8Array(buffer).set(bytes);
    return address;
  }

  /** An array of C strings, ended by a null. */
  texts(values: readonly string[]): bigint {
    return this.words([...values.map((value) => this.text(value)), 0n]);
  }

  /**
   * To be called when the memory is not needed any more. The call keeps the arena alive until then: addresses
   * alone do not.
   */
  release(): void {
    this.#held.length = 0;
  }

  /** 64-bit words. */
  words(values: readonly bigint[]): bigint {
    const { buffer, address } = this.allot(values.length * 8);
    new BigInt64Array(buffer).set(values);
    return address;
  }
}
