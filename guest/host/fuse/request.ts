import { MAX_NAME_BYTES } from './names.ts';
import { REQUEST_HEADER } from './protocol.ts';

const NUL = 0;
const SLASH = 0x2f;
const HIGH = 2 ** 32;
const MAX_HIGH = 2 ** 21;

/**
 * One request. Whoever sent it is not trusted: a field that lies outside of the bytes, or is greater than
 * 2^53 - 1, is `undefined`.
 */
export class Request {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** Borrows `bytes`, at least {@link REQUEST_HEADER} of them. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether the request is as long as it says. */
  get isWhole(): boolean {
    return this.#view.getUint32(0, true) === this.bytes.length;
  }

  get opcode(): number {
    return this.#view.getUint32(4, true);
  }

  get nodeid(): number | undefined {
    return this.#u64At(16);
  }

  /** A 32-bit field; the offset counts from the end of the header. */
  u32(at: number): number | undefined {
    const start = REQUEST_HEADER + at;
    return start + 4 <= this.bytes.length ? this.#view.getUint32(start, true) : undefined;
  }

  /** A 64-bit field; the offset counts from the end of the header. */
  u64(at: number): number | undefined {
    return this.#u64At(REQUEST_HEADER + at);
  }

  /**
   * What stands behind the header: the name of one entry. A view; undefined for what can be no name, and
   * `too long`.
   */
  get name(): Uint8Array | undefined | 'too long' {
    const end = this.bytes.length - 1;
    if (end <= REQUEST_HEADER) return undefined;
    const name = this.bytes.subarray(REQUEST_HEADER, end);
    if (this.bytes[end] !== NUL || name.includes(NUL) || name.includes(SLASH)) return undefined;
    return name.length > MAX_NAME_BYTES ? 'too long' : name;
  }

  #u64At(start: number): number | undefined {
    if (start + 8 > this.bytes.length) return undefined;
    const high = this.#view.getUint32(start + 4, true);
    return high < MAX_HIGH ? high * HIGH + this.#view.getUint32(start, true) : undefined;
  }
}
