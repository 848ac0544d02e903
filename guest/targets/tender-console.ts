// What the bundler puts in the place of `console` in a guest that uses it.
import { formatMessage } from '../app/format-message.ts';
import { consoleWrite, log } from '../machine/this-machine.ts';

/** To the guest's console, the tender's stdout. */
function print(...values: unknown[]): void {
  consoleWrite(`${formatMessage(values)}\n`);
}

/** To the tender's stderr, line by line: the tender bounds how much it shows. */
function say(...values: unknown[]): void {
  for (const line of formatMessage(values).split('\n')) log(line);
}

/** The part of JavaScript's `console` that guests have. */
export const console = {
  log: print,
  info: print,
  debug: print,
  dir: (value: unknown) => print(value),
  warn: say,
  error: say,
  trace: (...values: unknown[]) => {
    const { stack = '' } = new Error();
    say(`Trace: ${formatMessage(values)}`, stack.replace(/^[^\n]*\n[^\n]*/, ''));
  },
  assert: (condition: unknown, ...values: unknown[]) => {
    if (!condition) say('Assertion failed', ...values);
  },
};
