/** The codings of content that are known here. */
export type Coding = 'br' | 'zstd' | 'gzip' | 'deflate';

/**
 * Whether a client takes a coding, by its Accept-Encoding (RFC 9110, section 12.5.3). Without one, it takes
 * none: that is what such clients can do.
 */
export function accepts(acceptEncoding: string | undefined, coding: Coding): boolean {
  let others = false;
  for (const item of (acceptEncoding ?? '').split(',')) {
    const [name = '', ...parameters] = item
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const isWanted = quality === undefined || Number(quality.slice(2)) > 0;
    if (name === coding || (coding === 'gzip' && name === 'x-gzip')) return isWanted;
    if (name === '*') others = isWanted;
  }
  return others;
}
