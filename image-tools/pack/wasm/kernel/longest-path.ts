// A first way through a part whose matches are listed: the longest of each position, unless the next position has
// a better one.
import { LITERAL, MIN_LENGTH } from './deflate-symbols';
import { isBetter, isWorthless } from './match-worth';

/** The last match in the list of a position, cut to what is left of the part; or 0. */
function longestAt(i: u32, length: u32, starts: u32, matches: u32): u32 {
  if (i >= length) return 0;
  const first = load<u32>(starts + (i << 2));
  const end = load<u32>(starts + (i << 2), 4);
  if (first === end) return 0;
  const match = load<u32>(matches + (end << 2) - 4);
  const most = min(match >> 16, length - i);
  return most < MIN_LENGTH ? 0 : (most << 16) | (match & 0xffff);
}

/** Fills `choices`, as choosePath does, for all `length` positions of a part. */
export function chooseLongest(length: u32, starts: u32, matches: u32, choices: u32): void {
  let match = longestAt(0, length, starts, matches);
  for (let i: u32 = 0; i < length; ) {
    const next = longestAt(i + 1, length, starts, matches);
    if (isWorthless(match) || (next !== 0 && isBetter(next, match, 2))) {
      store<u32>(choices + (i << 2), LITERAL);
      match = next;
      i++;
      continue;
    }
    store<u32>(choices + (i << 2), match);
    i += match >> 16;
    match = longestAt(i, length, starts, matches);
  }
}
