import type { Writable } from 'node:stream';

/** Bytes of lines that wait for a slow disk or reader; further lines are left out. */
const MAX_WAITING = 1 << 20;

/** Lines for somebody who may read slowly, or never: what waits is bounded, and nobody waits for a reader. */
export class LineOutput {
  readonly #stream: Writable;
  #leftOut = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** How many lines were left out so far. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Whether there is room for another line. */
  get hasRoom(): boolean {
    return this.#stream.writable && this.#stream.writableLength < MAX_WAITING;
  }

  /** Writes a line; where there is no room, it is left out. */
  write(line: string): void {
    if (this.hasRoom) this.#stream.write(`${line}\n`);
    else this.#leftOut += 1;
  }
}
