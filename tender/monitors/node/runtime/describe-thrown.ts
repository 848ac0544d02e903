const MAX_TEXT = 2000;

/** One line about something thrown, which may be anything: a guest's toString can throw again. */
export function describeThrown(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return `uncaught: ${String(thrown)}`.slice(0, MAX_TEXT);
    const place = /\n\s+at [^\n]*?(guest\.js:\d+:\d+)/.exec(String(thrown.stack))?.[1];
    const text = `uncaught ${thrown.name}: ${thrown.message}`.slice(0, MAX_TEXT);
    return place === undefined ? text : `${text} (${place})`;
  } catch {
    return 'uncaught: something that cannot be described';
  }
}
