import { HostError } from '../../../base/errors.ts';
import { refuseOthers } from '../../other-formats.ts';
import { CacheFolder, DEFAULT_CACHE } from '../cache/cache-folder.ts';
import { keepInFiles } from '../cache/cached-source.ts';
import { LINE_BYTES, LineFiles } from '../cache/line-files.ts';
import type { Range } from '../range.ts';
import type { RemoteSource } from '../remote-source.ts';
import { parseAddress } from './address.ts';
import { type CredentialFiles, headersFor } from './credentials.ts';
import { HttpClient, Unreachable } from './http-client.ts';
import type { HttpLimits } from './limits.ts';

/** What a command line says of images on web servers. */
export interface HttpOptions extends CredentialFiles {
  /** A folder that keeps what was read; nothing is kept if absent. */
  readonly cache?: string | undefined;
  /** Bytes of all that it keeps. */
  readonly cacheSize?: number | undefined;
  /** Whether the end of the image is going to be read first, as readers of images do: it comes with the first bytes. */
  readonly expectsEnd?: boolean | undefined;
}

/** Where the server cannot be asked, and the version is the last one that was seen. */
const OFFLINE_ATTEMPTS = 2;

/** What readers want first: the last 64 KiB, and the line of the cache that these begin in. */
const TAIL_BYTES = 80 * 1024;

/**
 * The end of an image of which nothing is known: undefined where the server does not send it like that, for whatever
 * reason. Whoever reads there asks again then, and is told.
 */
function readTail(client: HttpClient): Promise<Uint8Array | undefined> {
  return client.read({ last: TAIL_BYTES }, 1).catch(() => undefined);
}

/**
 * Opens an image on a web server; only what is read of it travels. The version that the first answer names is the
 * only one that is ever read: a change is a {@link HostError}. With a cache, a server that cannot be reached is not
 * needed for what is there.
 * @param text https: or http:, with the login, if any
 * @throws {HostError} (rejects) where the server cannot be reached, or does not what is needed
 */
export async function openHttpSource(
  text: string,
  limits: HttpLimits,
  options: HttpOptions = {},
): Promise<RemoteSource> {
  const { shown, url, authorization } = parseAddress(text);
  const place = {
    url,
    shown,
    headers: { ...headersFor(url, options), ...(authorization && { authorization }) },
  };
  const { cache: path, cacheSize = DEFAULT_CACHE } = options;
  const cache = path === undefined ? undefined : new CacheFolder(path, cacheSize);
  const known = cache?.newest(url.href);
  const attempts =
    known === undefined ? limits.attempts : Math.min(limits.attempts, OFFLINE_ATTEMPTS);
  const client = new HttpClient(place, limits);
  try {
    // Of an image that is in the cache, so is perhaps its end.
    const tail = options.expectsEnd && known === undefined ? readTail(client) : undefined;
    // The first request tells the size too: signed addresses are for one method, and know no HEAD.
    const head = await client.read({ start: 0, end: limits.line }, attempts);
    refuseOthers(shown, head);
    const { size = 0, version: tag } = client;
    const read = async ({ start, end }: Range) => {
      if (end <= head.length) return head.slice(start, end);
      const tailStart = Math.max(0, size - TAIL_BYTES);
      const bytes = start >= tailStart ? await tail : undefined;
      return bytes?.slice(start - tailStart, end - tailStart) ?? client.read({ start, end });
    };
    const source = { shown, size, version: tag, read, close: () => client.close() };
    if (cache === undefined) return source;
    const version = { size, version: tag };
    cache.remember(url.href, version);
    const kept = keepInFiles(source, new LineFiles(cache, url.href, version));
    // All of the end, whoever asks for how much of it: the next visit needs no request for it then.
    const start = Math.ceil(Math.max(0, size - TAIL_BYTES) / LINE_BYTES) * LINE_BYTES;
    if (start < size)
      tail?.then((bytes) => bytes && kept.read({ start, end: size })).catch(() => {});
    return kept;
  } catch (error) {
    client.close();
    if (cache === undefined || known === undefined || !(error instanceof Unreachable)) throw error;
    const { message } = error;
    const read = async () => {
      throw new HostError(`${message}; and the cache lacks a part of the image`);
    };
    const source = { shown, ...known, read, close() {} };
    return keepInFiles(source, new LineFiles(cache, url.href, known));
  }
}
