import { FormatError, OBJECT_TREE, type ObjectType } from '#format';

/**
 * Thrown where a family needs more memory than one of several threads may hold: it is put off until
 * the others are done.
 */
export class NoRoom extends Error {}

/** What checking a tree takes beside its content, in multiples of its size: its names, to compare. */
const COST_OF_TREE = 4;

/** How many bytes of objects one thread may hold at once. */
export class HeldBytes {
  readonly #most: number;
  readonly #isShare: boolean;

  /** @param isShare whether `most` is the share of one of several threads: what exceeds it is put off */
  constructor(most: number, isShare: boolean) {
    this.#most = most;
    this.#isShare = isShare;
  }

  /** Whether an object of `type` and `size` fits beside `others` bytes. */
  fits(type: ObjectType, size: number, others: number): boolean {
    return others + costOf(type, size) <= this.#most;
  }

  /** Refuses what does not fit. @throws NoRoom; FormatError LIMIT, at `packOffset` */
  check(type: ObjectType, size: number, others: number, packOffset: number): void {
    if (this.fits(type, size, others)) return;
    if (this.#isShare) throw new NoRoom();
    const bytes = others + costOf(type, size);
    throw new FormatError('LIMIT', `${bytes} bytes in memory, at most ${this.#most} allowed`, {
      offset: packOffset,
    });
  }
}

function costOf(type: ObjectType, size: number): number {
  return type === OBJECT_TREE ? (1 + COST_OF_TREE) * size : size;
}
