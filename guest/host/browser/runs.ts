/** A gap of so many lines is fetched too: that takes less time than another request. */
const MAX_GAP = 2;

/** Lines that one request brings. */
export interface Run {
  readonly first: number;
  readonly count: number;
}

/**
 * Puts lines together to as few requests as make sense.
 * @param lines each once, in any order
 * @param isWanted whether a line in a gap may be fetched too: it is not at hand, and not under way
 * @param most lines that a request may have
 */
export function runsOf(
  lines: readonly number[],
  isWanted: (number: number) => boolean,
  most: number,
): Run[] {
  const runs: { first: number; count: number }[] = [];
  for (const line of [...lines].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    const end = last === undefined ? 0 : last.first + last.count;
    const joins =
      last !== undefined &&
      line - end <= MAX_GAP &&
      line + 1 - last.first <= most &&
      Array.from({ length: line - end }, (_, i) => end + i).every(isWanted);
    if (joins) last.count = line + 1 - last.first;
    else runs.push({ first: line, count: 1 });
  }
  return runs;
}
