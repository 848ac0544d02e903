/**
 * Thrown by the `window` of a source whose bytes come later, over a network say. It passes through every
 * reader unchanged; what the reader holds stays sound, so that the same call can be made again once the
 * bytes are at hand. Sources may throw errors of their own in the same way, but not a FormatError: that one
 * means that the bytes are bad.
 */
export class MissingBytes extends Error {
  override readonly name = 'MissingBytes';
  /** What is missing: `length` bytes from `offset` of the source on, at least 1. */
  readonly offset: number;
  readonly length: number;

  constructor(offset: number, length: number) {
    super(`bytes ${offset} to ${offset + length} are not at hand`);
    this.offset = offset;
    this.length = length;
  }
}

/**
 * Makes a synchronous call on a reader, such as `() => fs.get(path)`, and again after each fetch, until nothing
 * is missing. All that one call touches must stay at hand until it succeeds: a source that lets go of the first
 * part while it fetches the last one makes this go on for ever. Calls for one reader may be under way side by
 * side; borrowed results (`view`) are gone when the promise is awaited, so ask for owned ones (`get`, `read`).
 * @param fetch brings the bytes, and better also what the reader announced since (`expect`, `prefetch`)
 */
export async function whenAtHand<Result>(
  call: () => Result,
  fetch: (missing: MissingBytes) => Promise<void>,
): Promise<Result> {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof MissingBytes)) throw error;
      await fetch(error);
    }
  }
}
