import { ToolError } from '../../base/errors.ts';

/** The default limit on what an archive unpacks to: these bytes, or this many times its own size. */
const FREE_BYTES = 2 ** 32;
const MAX_RATIO = 200;
const MAX_ENTRIES = 4_000_000;

/** Counts what an archive unpacks to: a kilobyte can become a gigabyte. */
export class Budget {
  readonly #most: number | undefined;
  #read = 0;
  #made = 0;
  #entries = 0;

  /** `most` bytes in all; by what was read of the archive, if undefined. */
  constructor(most: number | undefined) {
    this.#most = most;
  }

  /** Counts bytes of the archive itself, as they are read. */
  read(bytes: number): void {
    this.#read += bytes;
  }

  /** Counts unpacked bytes. @throws ToolError LIMIT */
  make(bytes: number): void {
    this.#made += bytes;
    const most = this.#most ?? Math.max(FREE_BYTES, MAX_RATIO * this.#read);
    if (this.#made <= most) return;
    throw new ToolError(
      'LIMIT',
      `unpacks to more than ${most} bytes; raise the limit with --max-size`,
    );
  }

  /** @throws ToolError LIMIT */
  addEntry(): void {
    this.#entries += 1;
    if (this.#entries <= MAX_ENTRIES) return;
    throw new ToolError('LIMIT', `more than ${MAX_ENTRIES} entries`);
  }
}
