import { HISTORY_SIZE } from '../wasm/objects/memory-map.ts';
import { InflatePieces } from './inflate-pieces.ts';

/** How many are kept for later streams; each holds 256 KiB. */
const MAX_IDLE = 2;
/** The same of the memory of places in streams: 1 MiB. */
const MAX_HISTORIES = 32;

/** Inflaters and memory that streams borrow: what is made for each stream
 * would wait for a collection of the whole heap. */
export class PiecesPool {
  readonly #idle: InflatePieces[] = [];
  readonly #histories: ArrayBuffer[] = [];

  /** @throws what WebAssembly throws */
  take(): InflatePieces {
    return this.#idle.pop() ?? new InflatePieces();
  }

  /** Takes back what nobody uses any more, views of its memory included. */
  give(pieces: InflatePieces): void {
    pieces.finish();
    if (this.#idle.length < MAX_IDLE) this.#idle.push(pieces);
  }

  /** Memory for the bytes before a place. */
  takeHistory(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#histories.pop() ?? new ArrayBuffer(HISTORY_SIZE));
  }

  /** Takes it back, by a view of any part of it. */
  giveHistory({ buffer }: Uint8Array): void {
    if (buffer.byteLength !== HISTORY_SIZE || this.#histories.length >= MAX_HISTORIES) return;
    this.#histories.push(buffer as ArrayBuffer);
  }
}
