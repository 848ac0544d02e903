// Which of two matches is worth more, before it is known what their symbols cost. A match is length << 16 |
// distance - 1; 0 is none.
import { MIN_LENGTH } from './deflate-symbols';

/** A match of three bytes from farther away costs more than they do. */
const MAX_SHORT_DISTANCE: u32 = 512;

/** Whether literals are better than this match. */
export function isWorthless(match: u32): bool {
  return match >> 16 <= MIN_LENGTH && (match === 0 || (match & 0xffff) >= MAX_SHORT_DISTANCE);
}

/** Whether `match`, found later than another, is worth the literals before it: `least` quarters of a byte. */
export function isBetter(match: u32, before: u32, least: i32): bool {
  const longer = <i32>(match >> 16) - <i32>(before >> 16);
  const nearer = <i32>clz((match & 0xffff) + 1) - <i32>clz((before & 0xffff) + 1);
  return 4 * longer + nearer > least;
}
