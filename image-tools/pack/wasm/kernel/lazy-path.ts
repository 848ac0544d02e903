// A good way through content at one go: the longest match of a position, unless one of the next two
// positions has a better one.
import { PIECE_SYMBOLS } from './deflate-split';
import { LITERAL, MAX_LENGTH } from './deflate-symbols';
import { findLongest, skipMatches } from './match-finder';
import { isBetter, isWorthless } from './match-worth';
import { countLiteral, countMatch, startCounts } from './symbol-counts';

/** Positions with fewer bytes after them have no matches. */
const MIN_LEFT: u32 = 4;

function putLiteral(address: u32, i: u32, choices: u32, counts: u32): void {
  store<u32>(choices + (i << 2), LITERAL);
  countLiteral(counts, load<u8>(address + i));
}

/**
 * Fills `choices` (see deflate-path) from position `from` of the bytes at `address` until the piece has its symbols,
 * or at `to`, and counts them; gives the position behind it. `maxChain` places are tried for each position, and a match
 * of `enough` bytes is taken at once.
 */
export function chooseLazily(
  address: u32,
  from: u32,
  to: u32,
  maxChain: u32,
  enough: u32,
  choices: u32,
  counts: u32,
): u32 {
  const last: u32 = to < MIN_LEFT ? 0 : to - MIN_LEFT + 1;
  startCounts(counts);
  let i = from;
  let left = PIECE_SYMBOLS;
  while (i < last && left > 0) {
    left--;
    let match = findLongest(address + i, min(to - i, MAX_LENGTH), 2, maxChain, enough);
    if (isWorthless(match)) {
      putLiteral(address, i++, choices, counts);
      continue;
    }
    // The first position that is not known yet.
    let next = i + 1;
    // A better one hardly ever stands behind a long one.
    while (match >> 16 < enough >> 1 && next < last) {
      const least = (match >> 16) - 1;
      const second = findLongest(
        address + next,
        min(to - next, MAX_LENGTH),
        least,
        maxChain >> 1,
        enough,
      );
      next++;
      if (second !== 0 && isBetter(second, match, 0)) {
        putLiteral(address, i++, choices, counts);
        match = second;
        continue;
      }
      if (next >= last) break;
      const third = findLongest(
        address + next,
        min(to - next, MAX_LENGTH),
        least,
        maxChain >> 2,
        enough,
      );
      next++;
      if (third === 0 || !isBetter(third, match, 6)) break;
      putLiteral(address, i++, choices, counts);
      putLiteral(address, i++, choices, counts);
      match = third;
    }
    store<u32>(choices + (i << 2), match);
    countMatch(counts, match);
    i += match >> 16;
    for (const covered = min(i, last); next < covered; next++) skipMatches(address + next);
  }
  for (; i < to && left > 0; left--) putLiteral(address, i++, choices, counts);
  return i;
}
