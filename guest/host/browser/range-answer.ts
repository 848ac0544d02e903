import { RemoteError } from './remote-error.ts';

/** What tells one state of an image from the next, as a server has it. */
export interface Version {
  /** Of the whole, in bytes. */
  readonly size: number;
  /** The ETag, or else Last-Modified; undefined where the server sends, or shows, neither. */
  readonly tag: string | undefined;
}

/** The largest size that an image may claim: what a number holds exactly. */
const MAX_SIZE = Number.MAX_SAFE_INTEGER;

/**
 * Checks that an answer has what was asked for: bytes `from` to `to`, or to the end if that comes first.
 * Gives the version that it speaks of, and how many bytes its body must have.
 * @param pinned what the image was when it was opened
 * @throws RemoteError; TryAgain where another try may help
 */
export function checkAnswer(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  from: number,
  to: number,
  pinned: Version | undefined,
): { readonly version: Version; readonly length: number } {
  if (status >= 500 || status === 429 || status === 408) throw new TryAgain(`status ${status}`);
  if (status === 412 && pinned !== undefined) throw changed('its ETag is another one');
  // Shorter than what was there: a server that is asked for bytes behind the end says how many there are.
  if (status === 416 && pinned !== undefined) throw changed('it is shorter');
  if (status === 200) {
    throw new RemoteError(
      'NO_RANGES',
      'the server sends the whole file where a range was asked for: it must support range requests',
    );
  }
  if (status !== 206) throw new RemoteError('REFUSED', `the server answers with status ${status}`);
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw bad(`a range encoded as ${shown(encoding)}: the server must send images as they are`);
  }
  const text = headers.get('content-range');
  if (text === null) {
    throw bad(
      'a range without Content-Range: across origins, the server must send Access-Control-Expose-Headers: Content-Range, ETag',
    );
  }
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(text.trim());
  const [first, last, size] = (match?.slice(1) ?? []).map(Number);
  if (first === undefined || last === undefined || size === undefined || size > MAX_SIZE) {
    throw bad(`Content-Range: ${shown(text)}`);
  }
  const version = { size, tag: headers.get('etag') ?? headers.get('last-modified') ?? undefined };
  if (pinned !== undefined) {
    if (size !== pinned.size) throw changed(`it has ${size} bytes and had ${pinned.size}`);
    if (version.tag !== pinned.tag) throw changed('its ETag is another one');
  }
  const end = Math.min(to, size);
  if (first !== from || last !== end - 1 || first > last) {
    throw bad(`bytes ${first}-${last} of ${size} where ${from}-${end - 1} were asked for`);
  }
  return { version, length: end - from };
}

/** What may go better the next time. */
export class TryAgain extends Error {}

function bad(what: string): RemoteError {
  return new RemoteError('BAD_ANSWER', `the server's answer is wrong: ${what}`);
}

function changed(how: string): RemoteError {
  return new RemoteError(
    'CHANGED',
    `the image has changed since it was opened (${how}): open it again`,
  );
}

/** A header of a stranger, for a message. */
function shown(header: string): string {
  return JSON.stringify(header.slice(0, 80));
}
