import type { IncomingHttpHeaders } from 'node:http';
import { HostError } from '../../../base/errors.ts';

/** What tells one version of an image from another (RFC 9110, section 8.8). */
export interface Validator {
  /** What If-Range takes: a strong ETag, or a date. */
  readonly ifRange: string;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

const STRONG_ETAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/;

/** A date is strong where the image was older than a second when the server sent it (section 8.8.2.2). */
function isStrongDate(lastModified: string, date: string | undefined): boolean {
  const modified = Date.parse(lastModified);
  const sent = date === undefined ? Date.now() : Date.parse(date);
  return sent - modified >= 1000;
}

/**
 * Takes the validator from the first answer.
 * @param shown the address, for messages
 * @throws {HostError} where there is none that a change would change
 */
export function takeValidator(headers: IncomingHttpHeaders, shown: string): Validator {
  const { etag, 'last-modified': lastModified, date } = headers;
  const pinned = { etag, lastModified };
  if (etag !== undefined && STRONG_ETAG.test(etag)) return { ...pinned, ifRange: etag };
  if (lastModified === undefined || Number.isNaN(Date.parse(lastModified))) {
    throw new HostError(
      `${shown}: The server sends neither a strong ETag nor Last-Modified, so a change of the image would go unnoticed`,
    );
  }
  if (!isStrongDate(lastModified, date)) {
    throw new HostError(
      `${shown}: The image was modified this very second, and the server sends no strong ETag: try again in a second`,
    );
  }
  return { ...pinned, ifRange: lastModified };
}

/** Whether an answer is of the same version of the image. */
export function isSameVersion(pinned: Validator, headers: IncomingHttpHeaders): boolean {
  return headers.etag === pinned.etag && headers['last-modified'] === pinned.lastModified;
}
