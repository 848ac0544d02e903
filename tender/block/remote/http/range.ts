import type { IncomingHttpHeaders } from 'node:http';
import { cleanText } from '../../../base/clean-text.ts';
import { HostError } from '../../../base/errors.ts';
import type { Range } from '../range.ts';

/** `bytes FIRST-LAST/SIZE`; a size of `*` tells nothing, and 2^53 bounds all. */
const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i;

/**
 * The size of the whole image by a 206 that should hold exactly `wanted`; where `size` is unknown, as much of it as
 * there is.
 * @param size bytes of the image, as the first answer told
 * @throws {HostError} where the answer says anything else, of whatever kind
 */
export function checkRange(
  headers: IncomingHttpHeaders,
  wanted: Range,
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
  const end = size === undefined ? Math.min(wanted.end, whole) : wanted.end;
  const isWanted = Number(first) === wanted.start && Number(last) === end - 1;
  if (!isWanted) {
    throw new HostError(
      `${shown}: Asked for bytes ${wanted.start}-${wanted.end - 1}, the server sent ${cleanText(said ?? 'no Content-Range')}`,
    );
  }
  if (size !== undefined && whole !== size) {
    throw new HostError(`${shown}: The image had ${size} bytes, now the server says ${whole}`);
  }
  if (length !== undefined && Number(length) !== end - wanted.start) {
    throw new HostError(
      `${shown}: The server sends ${cleanText(length)} bytes as the ${end - wanted.start} bytes of ${cleanText(said)}`,
    );
  }
  return whole;
}
