/** A fault that ends the guest; the message is one line for people. */
export class GuestFault extends Error {
  override readonly name = 'GuestFault';
}

/** Memory that the guest may not write; hypercalls do not write it either. */
export interface ProtectedRange {
  /** The first byte, and the first one behind. */
  readonly start: number;
  readonly end: number;
}

const WORD = 2 ** 32;

/**
 * A guest's memory, by physical addresses. The guest may change it at any time, so checked values are read
 * once.
 */
export class GuestMemory {
  /** In bytes. */
  readonly size: number;
  readonly #buffer: ArrayBuffer;
  readonly #view: DataView;
  readonly #protected: readonly ProtectedRange[];

  /** @param protectedRanges in any order */
  constructor(buffer: ArrayBuffer, protectedRanges: readonly ProtectedRange[]) {
    this.size = buffer.byteLength;
    this.#buffer = buffer;
    this.#view = new DataView(buffer);
    this.#protected = protectedRanges;
  }

  /** Whether `length` bytes from `address` on are memory. As in the original, its last byte is not used. */
  holds(address: number, length: number): boolean {
    // Written so that NaN and Infinity are refused.
    return address >= 0 && address < this.size && length >= 0 && address + length < this.size;
  }

  /** Whether the guest may write to all of these bytes. */
  isWritable(address: number, length: number): boolean {
    const end = address + length;
    return !this.#protected.some((range) => address < range.end && end > range.start);
  }

  /** Bytes that the tender is going to read. @throws {GuestFault} */
  readable(address: number, length: number): Uint8Array<ArrayBuffer> {
    if (!this.holds(address, length)) throw invalid(address, length);
    return new Uint8Array(this.#buffer, address, length);
  }

  /** Bytes that the tender is going to write. @throws {GuestFault} */
  writable(address: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = this.readable(address, length);
    if (!this.isWritable(address, length)) {
      throw new GuestFault(`${describe(address, length)}: the guest may not write there`);
    }
    return bytes;
  }

  /** A copy: it does not change any more. @throws {GuestFault} */
  copy(address: number, length: number): DataView<ArrayBuffer> {
    return new DataView(this.readable(address, length).slice().buffer);
  }

  /** @throws {GuestFault} */
  setU64(address: number, value: bigint): void {
    this.writable(address, 8);
    this.#view.setBigUint64(address, value, true);
  }

  /** @throws {GuestFault} */
  setI32(address: number, value: number): void {
    this.writable(address, 4);
    this.#view.setInt32(address, value, true);
  }
}

function describe(address: number, length: number): string {
  const shown = Number.isFinite(address) ? `0x${address.toString(16)}` : 'beyond 2^53';
  return `Invalid guest access: gpa=${shown}, sz=${length}`;
}

function invalid(address: number, length: number): GuestFault {
  return new GuestFault(describe(address, length));
}

/** A u64; Infinity where it is beyond 2^53 − 1. */
export function getU64(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true);
  return high < 2 ** 21 ? high * WORD + view.getUint32(at, true) : Number.POSITIVE_INFINITY;
}
