/** What a representation is known by, and a request's headers about it. */
export interface Validators {
  /** With its quotes. */
  readonly etag: string;
  /** Seconds since 1970. */
  readonly lastModified: number;
}

/** Gives the value of a header by its name in small letters. */
export type HeaderOf = (name: string) => string | undefined;

/**
 * Whether the answer is the file, 304 or 412, by the preconditions of RFC 9110, section 13.2.2, in their order.
 * @param etags what the file is known by in all its encodings: a client may ask with any of them
 */
export function checkConditions(
  header: HeaderOf,
  { etag, lastModified }: Validators,
  etags: () => readonly string[] = () => [etag],
): 200 | 304 | 412 {
  const ifMatch = header('if-match');
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etags(), false)) return 412;
  } else {
    const date = parseDate(header('if-unmodified-since'));
    if (date !== undefined && lastModified > date) return 412;
  }
  const ifNoneMatch = header('if-none-match');
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etags(), true) ? 304 : 200;
  const date = parseDate(header('if-modified-since'));
  return date !== undefined && lastModified <= date ? 304 : 200;
}

/** A part of a file: first byte, and the one behind the last. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/**
 * The part that a request wants of `size` bytes; undefined for all of it, as for several parts at once and for
 * what is no range; `unsatisfiable` where it lies behind the end.
 */
export function parseRange(
  header: HeaderOf,
  size: number,
  { etag, lastModified }: Validators,
): Part | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header('range') ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const ifRange = header('if-range');
  if (ifRange !== undefined && ifRange !== etag && parseDate(ifRange) !== lastModified) {
    return undefined;
  }
  if (first === '') {
    const count = Number(last);
    return count === 0 || size === 0
      ? 'unsatisfiable'
      : { from: Math.max(0, size - count), to: size };
  }
  const from = Number(first);
  if (from >= size) return 'unsatisfiable';
  const to = last === '' ? size : Math.min(size, Number(last) + 1);
  return to <= from ? undefined : { from, to };
}

function matches(list: string, etags: readonly string[], weakly: boolean): boolean {
  if (list.trim() === '*') return true;
  const asked = list.match(/(W\/)?"[^"]*"/g) ?? [];
  return asked.some((tag) => etags.includes(weakly ? tag.replace(/^W\//, '') : tag));
}

/** Seconds since 1970; undefined for what is no date. */
function parseDate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
