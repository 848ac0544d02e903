import inspect from 'object-inspect';

/** What may stand for an argument in a message: `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%O`, `%c`, `%%`. */
const PLACEHOLDER = /%([sdifjoOc%])/g;

/**
 * The text of a call of `console`, as JavaScript's console has it: placeholders of a first text are
 * filled in, all else follows, texts as they are and other values as they are written down.
 */
export function formatMessage(values: readonly unknown[]): string {
  const [first, ...rest] = values;
  if (typeof first !== 'string' || rest.length === 0) return values.map(describe).join(' ');
  const text = first.replace(PLACEHOLDER, (whole, kind: string) => {
    if (kind === '%') return '%';
    return rest.length === 0 ? whole : fill(kind, rest.shift());
  });
  return [text, ...rest.map(describe)].join(' ');
}

function fill(kind: string, value: unknown): string {
  switch (kind) {
    case 's':
      return typeof value === 'object' ? describe(value) : String(value);
    case 'd':
      return typeof value === 'bigint' ? `${value}n` : String(Number(value));
    case 'i':
      return String(Number.parseInt(String(value), 10));
    case 'f':
      return String(Number.parseFloat(String(value)));
    case 'j':
      return String(JSON.stringify(value));
    case 'c':
      return '';
    default:
      return inspect(value);
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return describeError(value);
  return inspect(value, { depth: 4 });
}

/** An error's stack begins with its name and message, unless they were changed later. */
function describeError(error: Error): string {
  const head = `${error.name}: ${error.message}`;
  const frames = /\n {4}at [\s\S]*/.exec(error.stack ?? '')?.[0] ?? '';
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`;
  return `${head}${frames}${cause}`;
}
