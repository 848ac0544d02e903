import { cleanText } from '../../base/clean-text.ts';

/** Begins every line that a guest wrote, so that none looks like the tender's own. */
export const GUEST_MARK = 'guest: ';

/** Characters of one line at most. */
const MAX_LINE = 4000;

/**
 * Passes on a guest's messages line by line, up to a limit: a flood must not keep the tender busy.
 * @param onEnd called once, if the guest says more than the limit
 */
export function boundedTalk(
  say: ((line: string) => void) | undefined,
  maxCharacters: number,
  onEnd: () => void,
): (text: unknown) => void {
  let left = maxCharacters;
  return (text) => {
    if (left < 0) return;
    const line = cleanText(text);
    left -= GUEST_MARK.length + line.length + 1;
    if (left < 0) onEnd();
    else say?.(line);
  };
}

const FRAME = /^guest\.js:\d{1,9}:\d{1,9}$/;
const MAX_FRAMES = 12;

/**
 * Splits the description of what a guest threw into a line and the places of the stack after it. Anything else
 * belongs to the line.
 */
export function splitUncaught(text: unknown): { message: string; stack: readonly string[] } {
  const lines = String(text)
    .slice(0, 2 * MAX_LINE)
    .split('\n');
  const stack: string[] = [];
  while (stack.length < MAX_FRAMES && FRAME.test(lines.at(-1) ?? '')) {
    stack.unshift(lines.pop() as string);
  }
  return { message: `${GUEST_MARK}${cleanText(lines.join('\n'))}`, stack };
}
