import type { PackOffset } from '#format';

/** So many blobs are remembered, about; 32 KiB. */
const ROWS = 4096;

/**
 * Which blobs were asked for not long ago. Most are asked for once, and nothing is built on them: those need no
 * place among what is worth keeping.
 */
export class RecentBlobs {
  /** No object begins at 0. */
  readonly #rows = new Float64Array(ROWS);

  /** Tells whether a blob was asked for not long ago, which it has been from now on. */
  note(packOffset: PackOffset): boolean {
    const row = (Math.imul(packOffset | 0, 0x9e3779b1) >>> 20) % ROWS;
    const isKnown = this.#rows[row] === packOffset;
    this.#rows[row] = packOffset;
    return isKnown;
  }
}
