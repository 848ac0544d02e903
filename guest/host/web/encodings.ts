/** The codings of content that are known here. */
export type Coding = 'br' | 'zstd' | 'gzip' | 'deflate';

export const CODINGS: readonly Coding[] = ['br', 'zstd', 'gzip', 'deflate'];

/**
 * Whether a client takes a coding, by its Accept-Encoding (RFC 9110, section 12.5.3). Without one, it takes
 * none: that is what such clients can do.
 */
function accepts(acceptEncoding: string | undefined, coding: Coding): boolean {
  let others = false;
  for (const item of (acceptEncoding ?? '').split(',')) {
    const [name = '', ...parameters] = item
      .toLowerCase()
      .split(';')
      .map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const isWanted = quality === undefined || Number(quality.slice(2)) > 0;
    if (name === coding || (coding === 'gzip' && name === 'x-gzip')) return isWanted;
    if (name === '*') others = isWanted;
  }
  return others;
}

/** Browsers send a handful of values; longer ones, and more of them, are read each time. */
const MAX_KNOWN = 64;
const MAX_LENGTH = 128;

/** The codings that clients take, by what they sent; each text is read once. */
export class AcceptedCodings {
  readonly #known = new Map<string, ReadonlySet<Coding>>();

  of(acceptEncoding: string | undefined): ReadonlySet<Coding> {
    const text = acceptEncoding ?? '';
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const codings = new Set(CODINGS.filter((coding) => accepts(text, coding)));
    if (this.#known.size < MAX_KNOWN && text.length <= MAX_LENGTH) {
      // A copy: a slice would keep the whole request that it is a part of.
      this.#known.set(text.split('').join(''), codings);
    }
    return codings;
  }
}
