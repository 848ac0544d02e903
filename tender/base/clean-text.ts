/** Characters of one line at most. */
const MAX_LINE = 4000;

/**
 * What a terminal obeys, what turns the direction of a text, and what cannot be seen: control characters
 * (C0 and C1), format characters, those that are meant to be ignored, separators of lines, halves of
 * surrogate pairs, blanks that look like letters.
 */
const HARMFUL =
  '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800\\ufffc]+';
/** Made on first use: that takes 0.5 ms, and most guests have nothing to be cleaned. */
let harmful: RegExp | undefined;

/** Makes text that a stranger had a hand in harmless for a terminal, and one line of bounded length. */
export function cleanText(text: unknown): string {
  harmful ??= new RegExp(HARMFUL, 'gu');
  return String(text).slice(0, MAX_LINE).replace(harmful, ' ').trim();
}
