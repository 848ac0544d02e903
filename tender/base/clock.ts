const { bigint: nanoseconds } = process.hrtime;

/** A monotonic clock in milliseconds. `performance` is loaded at its first use, which takes a millisecond. */
export function clock(): number {
  return Number(nanoseconds()) / 1e6;
}
