import type { IncomingHttpHeaders } from 'node:http';
import { cleanText } from '../../../base/clean-text.ts';
import { HostError } from '../../../base/errors.ts';
import type { Range } from '../range.ts';

/** `bytes FIRST-LAST/SIZE`; a size of `*` tells nothing, and 2^53 bounds all. */
const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i;

/**
 * A range of an image: exactly these bytes, or, of one whose size is not known, as many as `last` says from its end.
 */
export type WantedRange = Range | { readonly last: number };

/** The value of the header Range. */
export function rangeHeader(wanted: WantedRange): string {
  return 'last' in wanted ? `bytes=-${wanted.last}` : `bytes=${wanted.start}-${wanted.end - 1}`;
}

/** What a range of an image of so many bytes is. */
export function resolveRange(wanted: WantedRange, size: number): Range {
  if ('last' in wanted) return { start: Math.max(0, size - wanted.last), end: size };
  return { start: wanted.start, end: Math.min(wanted.end, size) };
}

/**
 * The size of the whole image by a 206 that should hold exactly `wanted`; where `size` is unknown, as much of it as
 * there is.
 * @param size bytes of the image, as the first answer told
 * @throws {HostError} where the answer says anything else, of whatever kind
 */
export function checkRange(
  headers: IncomingHttpHeaders,
  wanted: WantedRange,
  size: number | undefined,
  shown: string,
): number {
  const { 'content-encoding': encoding, 'content-range': said, 'content-length': length } = headers;
  const transfer = headers['transfer-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new HostError(
      `${shown}: The server compresses the image (Content-Encoding: ${cleanText(encoding)}); turn that off for it`,
    );
  }
  if (transfer !== undefined && transfer.toLowerCase() !== 'chunked') {
    throw new HostError(
      `${shown}: The server compresses its answer (Transfer-Encoding: ${cleanText(transfer)})`,
    );
  }
  const [, first, last, total] = CONTENT_RANGE.exec(said ?? '') ?? [];
  const whole = Number(total);
  const isOpen = size === undefined || 'last' in wanted;
  const { start, end } = isOpen ? resolveRange(wanted, whole) : wanted;
  const isWanted = Number(first) === start && Number(last) === end - 1;
  if (!isWanted) {
    throw new HostError(
      `${shown}: Asked for ${rangeHeader(wanted).replace('=', ' ')}, the server sent ${cleanText(said ?? 'no Content-Range')}`,
    );
  }
  if (size !== undefined && whole !== size) {
    throw new HostError(`${shown}: The image had ${size} bytes, now the server says ${whole}`);
  }
  if (length !== undefined && Number(length) !== end - start) {
    throw new HostError(
      `${shown}: The server sends ${cleanText(length)} bytes as the ${end - start} bytes of ${cleanText(said)}`,
    );
  }
  return whole;
}
