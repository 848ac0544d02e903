import { apply, exec, GuestError, sliceString } from './captured.ts';

const MAX_TEXT = 2000;
/** Lines of a stack that name a place in the guest. */
const MAX_FRAMES = 12;
const PLACE = /\n\s+at [^\n]*?(guest\.js:\d+:\d+)/;

function cut(text: string): string {
  return apply(sliceString, text, [0, MAX_TEXT]);
}

/**
 * What was thrown, which may be anything: a guest's toString can throw again. What and where come
 * first; behind them, each in a line, the places on the way there.
 */
export function describeThrown(thrown: unknown): string {
  try {
    if (!(thrown instanceof GuestError)) return cut(`uncaught: ${thrown as string}`);
    const text = cut(`uncaught ${thrown.name}: ${thrown.message}`);
    let stack = `${thrown.stack}`;
    let first = '';
    let frames = '';
    for (let count = 0; count < MAX_FRAMES; count++) {
      const found = apply(exec, PLACE, [stack]) as RegExpExecArray | null;
      if (found === null) break;
      if (count === 0) first = ` (${found[1]})`;
      frames += `\n${found[1]}`;
      stack = apply(sliceString, stack, [found.index + found[0].length]);
    }
    return `${text}${first}${frames}`;
  } catch {
    return 'uncaught: something that cannot be described';
  }
}
