import { FormatError } from '../base/errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { instantiate } from '../wasm/instantiate.ts';
import { HISTORY_SIZE, INPUT, INPUT_SIZE, OUTPUT, PIECE_SIZE } from '../wasm/objects/memory-map.ts';
import { OBJECTS_WASM } from '../wasm/objects.ts';
import { faultError } from './wasm-faults.ts';

/** The exports of wasm/objects/index.ts that inflate piece by piece. */
interface InflateExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  start(): void;
  inflatePiece(wanted: number): number;
  resume(value: number, length: number, history: number, sum: number, summed: number): void;
  isBetweenBlocks(): number;
  bitsLeft(): number;
  bitValue(): number;
  sumSoFar(): number;
  pieceStart(): number;
  pieceEnd(): number;
  unread(): number;
}

/** A place between two blocks of a deflate stream, from which one can go on. */
export interface InflateState {
  /** Where the next bytes of the stream stand in its source. */
  readonly inputAt: number;
  /** How many bits of the byte before are left, and these bits. */
  readonly bitsLeft: number;
  readonly bitValue: number;
  /** The preceding inflated bytes that later ones can refer to. */
  readonly history: Uint8Array;
  /** The Adler-32 of all before; undefined where it is not known, and not compared at the end then. */
  readonly checksum: number | undefined;
}

const NOTHING: ByteSource = { size: 0, window: () => new Uint8Array(0) };

/**
 * One zlib stream at a time, in WebAssembly, taken piece by piece. Keeps 256 KiB of memory.
 * Offsets in errors: where the stream begins (BAD_ZLIB), or where the bytes end (TRUNCATED).
 */
export class InflatePieces {
  readonly #wasm: InflateExports;
  readonly #memory: Uint8Array;
  #source = NOTHING;
  #offset = 0;
  /** Offset of the next bytes to fetch. */
  #inputAt = 0;
  #size = 0;
  /** How many bytes are still promised. */
  #left = 0;
  #ended = true;

  /** @throws what WebAssembly throws, where the runtime lacks it or its SIMD instructions */
  constructor() {
    this.#wasm = instantiate<InflateExports>(OBJECTS_WASM, {
      refill: () => this.#refill(),
      fail: (fault: number) => {
        throw faultError(fault, this.#offset);
      },
    });
    this.#memory = new Uint8Array(this.#wasm.memory.buffer);
  }

  /**
   * Begins the stream of `size` inflated bytes at `offset` of `source`; one that was not finished is
   * forgotten. @throws FormatError BAD_ZLIB, TRUNCATED
   */
  start(source: ByteSource, offset: number, size: number): void {
    this.#source = source;
    this.#offset = this.#inputAt = offset;
    this.#size = this.#left = size;
    this.#ended = false;
    this.#wasm.start();
  }

  /**
   * Goes on from a place inside a stream: `size` bytes must still follow. Pieces end where blocks do; they
   * may be empty. @throws FormatError BAD_ZLIB, TRUNCATED
   */
  resume(source: ByteSource, state: InflateState, size: number): void {
    const { inputAt, bitsLeft, bitValue, history, checksum } = state;
    this.#source = source;
    this.#offset = this.#inputAt = inputAt;
    this.#size = this.#left = size;
    this.#ended = false;
    this.#memory.set(history, OUTPUT);
    const summed = Number(checksum !== undefined);
    this.#wasm.resume(bitValue, bitsLeft, history.length, checksum ?? 0, summed);
  }

  /** Whether one can go on from the place after the last piece. */
  get isBetweenBlocks(): boolean {
    return !this.#ended && this.#wasm.isBetweenBlocks() !== 0;
  }

  /** The place after the last piece, which lies between two blocks; its history in `memory`, which takes all. */
  saveState(memory = new Uint8Array(HISTORY_SIZE)): InflateState {
    const end = this.#wasm.pieceEnd();
    const history = this.#memory.subarray(Math.max(OUTPUT, end - HISTORY_SIZE), end);
    memory.set(history);
    return {
      inputAt: this.#inputAt - this.#wasm.unread(),
      bitsLeft: this.#wasm.bitsLeft(),
      bitValue: this.#wasm.bitValue(),
      history: memory.subarray(0, history.length),
      checksum: this.#wasm.sumSoFar() >>> 0,
    };
  }

  /**
   * The next inflated bytes, hardly more than `most`, none only at the end of an empty stream; undefined after the end, which
   * has been checked then. Borrowed until the next call. @throws FormatError BAD_ZLIB, TRUNCATED
   */
  next(most = PIECE_SIZE): Uint8Array | undefined {
    if (this.#ended) return undefined;
    const wanted = Math.min(this.#left, most, PIECE_SIZE);
    this.#ended = this.#wasm.inflatePiece(wanted) !== 0;
    const piece = this.#memory.subarray(this.#wasm.pieceStart(), this.#wasm.pieceEnd());
    this.#left -= piece.length;
    if (this.#left < 0) throw this.#bad(`more bytes inflated than the ${this.#size} promised`);
    if (this.#ended && this.#left > 0) {
      throw this.#bad(
        `${this.#size - this.#left} bytes inflated instead of the promised ${this.#size}`,
      );
    }
    return piece;
  }

  /** The compressed length in bytes of the stream that has ended; lets its source go. */
  finish(): number {
    this.#source = NOTHING;
    return this.#inputAt - this.#wasm.unread() - this.#offset;
  }

  #refill(): number {
    // Few streams are longer than what they promise; most need less than half.
    const want = Math.min(INPUT_SIZE, Math.floor(this.#left / 2) + 64);
    const bytes = this.#source.window(this.#inputAt, want);
    const size = Math.min(bytes.length, INPUT_SIZE, this.#left + 64);
    if (size === 0) {
      throw new FormatError('TRUNCATED', 'a zlib stream does not end', { offset: this.#inputAt });
    }
    this.#memory.set(size === bytes.length ? bytes : bytes.subarray(0, size), INPUT);
    this.#inputAt += size;
    return size;
  }

  #bad(message: string): FormatError {
    return new FormatError('BAD_ZLIB', message, { offset: this.#offset });
  }
}
