import { Buffer } from 'node:buffer';
import type { Libc } from './libc.ts';

/** Memory at fixed addresses, for what the kernel is to read or write; it lives as long as the arena. */
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

  /** A string of C's. */
  text(value: string): bigint {
    const bytes = Buffer.from(`${value}\0`);
    const { buffer, address } = this.allot(bytes.length);
    new Uint8Array(buffer).set(bytes);
    return address;
  }

  /** An array of strings of C's, with a null behind them. */
  texts(values: readonly string[]): bigint {
    return this.words([...values.map((value) => this.text(value)), 0n]);
  }

  /**
   * Nothing needs it any more. Until then the arena is held by whoever calls this: the kernel's addresses
   * hold nothing.
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
