import { apply, exec, GuestError, sliceString } from './captured.ts';

const MAX_TEXT = 2000;
const PLACE = /\n\s+at [^\n]*?(guest\.js:\d+:\d+)/;

function cut(text: string): string {
  return apply(sliceString, text, [0, MAX_TEXT]);
}

/** One line about something thrown, which may be anything: a guest's toString can throw again. */
export function describeThrown(thrown: unknown): string {
  try {
    if (!(thrown instanceof GuestError)) return cut(`uncaught: ${thrown as string}`);
    const text = cut(`uncaught ${thrown.name}: ${thrown.message}`);
    const found = apply(exec, PLACE, [`${thrown.stack}`]) as RegExpExecArray | null;
    return found === null ? text : `${text} (${found[1]})`;
  } catch {
    return 'uncaught: something that cannot be described';
  }
}
