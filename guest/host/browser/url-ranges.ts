import type { ByteRanges, Connection } from './byte-ranges.ts';
import { checkAnswer, TryAgain, type Version } from './range-answer.ts';
import { readBody } from './read-body.ts';
import { RemoteError } from './remote-error.ts';

/** How an image is fetched. */
export interface FetchOptions {
  /** Ends everything: what is under way, and what is asked later. */
  readonly signal: AbortSignal;
  readonly fetch: typeof fetch;
}

/** Waits before the second try and those behind it, in milliseconds. */
const BACK_OFF = [150, 450, 1350];
/** So long a server may send nothing, in milliseconds. */
const SILENCE = 30_000;

/**
 * The image behind a URL by parts, and its first bytes, at most `headBytes`. What it was with the first answer it
 * must be with each one: the ETag is compared. It is sent as If-Match too, so that a server need not send what is not
 * wanted, but not to other origins: browsers would ask for permission first, by a request of its own.
 * @throws RemoteError; the reason of `signal`
 */
export async function openUrlRanges(
  url: string | URL,
  headBytes: number,
  options: FetchOptions,
): Promise<Connection> {
  const name = nameOf(url);
  const first = await withTries(name, options, (tried) =>
    getRange(url, 0, headBytes, undefined, tried),
  );
  const { version } = first;
  const ranges: ByteRanges = {
    size: version.size,
    async read(from, to) {
      const { bytes } = await withTries(name, options, (tried) =>
        getRange(url, from, to, version, tried),
      );
      return bytes;
    },
  };
  return { ranges, head: first.bytes, version: version.tag };
}

/** Whether no other origin has to permit headers. */
function isOwn(url: string | URL): boolean {
  const { location } = globalThis as {
    location?: { readonly href: string; readonly origin: string };
  };
  return location === undefined || new URL(url, location.href).origin === location.origin;
}

/** One request. */
async function getRange(
  url: string | URL,
  from: number,
  to: number,
  pinned: Version | undefined,
  { fetch, signal }: FetchOptions,
): Promise<{ readonly version: Version; readonly bytes: Uint8Array }> {
  const tag = pinned?.tag;
  const ending = new AbortController();
  const end = () => ending.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', end);
  const silent = () => ending.abort(new TryAgain(`nothing came for ${SILENCE / 1000} s`));
  let timer = setTimeout(silent, SILENCE);
  const onProgress = () => {
    clearTimeout(timer);
    timer = setTimeout(silent, SILENCE);
  };
  try {
    const response = await fetch(url, {
      headers: {
        range: `bytes=${from}-${to - 1}`,
        // A weak ETag never matches.
        ...(tag?.startsWith('"') && isOwn(url) && { 'if-match': tag }),
      },
      // What a browser kept of an older image must not be mixed with this one.
      cache: 'no-cache',
      signal: ending.signal,
    });
    try {
      const { version, length } = checkAnswer(response, from, to, pinned);
      return { version, bytes: await readBody(response, length, onProgress) };
    } catch (error) {
      if (!response.bodyUsed) response.body?.cancel().catch(() => {});
      throw error;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

/** Makes a request again where the network or the server failed, after a while; names the image in what is wrong. */
async function withTries<Result>(
  name: string,
  options: FetchOptions,
  attempt: (options: FetchOptions) => Promise<Result>,
): Promise<Result> {
  const { signal } = options;
  for (let tries = 0; ; tries++) {
    try {
      return await attempt(options);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RemoteError) {
        throw new RemoteError(error.code, `${name}: ${error.message}`, { cause: error.cause });
      }
      const wait = BACK_OFF[tries];
      if (wait === undefined) {
        const why = error instanceof Error ? error.message : String(error);
        throw new RemoteError('NO_ANSWER', `${name}: no answer after ${tries + 1} tries: ${why}`, {
          cause: error,
        });
      }
      // Clients that failed together should not come back together.
      await pause(wait * (0.75 + Math.random() / 2), signal);
    }
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, milliseconds);
    function end() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal.addEventListener('abort', end, { once: true });
  });
}

/** A URL for messages: signed URLs have secrets in their queries. */
function nameOf(url: string | URL): string {
  return String(url)
    .replace(/[?#].*$/s, '')
    .replace(/\/\/[^/@]*@/, '//');
}
