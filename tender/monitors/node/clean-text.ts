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

const FRAME = /^guest\.js:\d{1,9}:\d{1,9}$/;
const MAX_FRAMES = 12;

/**
 * What a guest threw, as its process describes it: a line, and the places of the stack behind it. Whatever
 * else stands there belongs to the line.
 */
export function splitUncaught(text: unknown): { message: string; stack: readonly string[] } {
  const lines = String(text)
    .slice(0, 2 * MAX_LINE)
    .split('\n');
  const stack: string[] = [];
  while (stack.length < MAX_FRAMES && FRAME.test(lines.at(-1) ?? '')) {
    stack.unshift(lines.pop() as string);
  }
  return { message: cleanText(lines.join('\n')), stack };
}
