/** Characters of one line at most. */
const MAX_LINE = 4000;

/** Makes text that a guest had a hand in harmless for a terminal, and one line. */
export function cleanText(text: unknown): string {
  return String(text)
    .slice(0, MAX_LINE)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}

/**
 * Passes on what a guest says for people, line by line, up to a bound: a flood of it must not keep
 * the tender busy.
 */
export function boundedTalk(
  say: ((line: string) => void) | undefined,
  maxCharacters: number,
): (text: unknown) => void {
  let left = maxCharacters;
  return (text) => {
    if (left < 0) return;
    const line = cleanText(text);
    left -= line.length + 1;
    say?.(left < 0 ? 'the guest says more than is shown' : line);
  };
}
