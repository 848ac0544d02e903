import type { Connection, ImageCache } from '../byte-ranges.ts';
import { RemoteError } from '../remote-error.ts';
import { cachedRanges } from './cached-ranges.ts';
import { KEPT_BYTES, KeptLines } from './kept-lines.ts';
import { platform } from './platform.ts';

/** How much is kept of images. */
export interface ImageCacheOptions {
  /** Bytes of each image; 64 MiB if absent. The browser may keep less. */
  readonly maxBytes?: number;
}

/** A cache of images in the browser. */
export interface BrowserImageCache extends ImageCache {
  /** Lets go of all that is kept of the image at `url`. */
  forget(url: string | URL): Promise<void>;
}

const MAX_BYTES = 64 * 2 ** 20;

/**
 * Keeps parts of images in the browser's Cache API, for the next visit and for when there is no network:
 *
 * ```ts
 * import { openImageUrl } from 'docteur/browser';
 * import { imageCache } from 'docteur/browser-storage';
 *
 * const { fs } = await openImageUrl('https://example.org/disk.img', { cache: imageCache() });
 * console.log(await fs.list('/'));
 * ```
 *
 * The server is asked for the image's first bytes each time: of an image that it replaced, nothing is used. If there
 * is no answer, the image is what is kept of it. Images without ETag and Last-Modified are not kept, and no image is
 * where there is no Cache API, as in pages without TLS and in Node.
 */
export function imageCache({ maxBytes = MAX_BYTES }: ImageCacheOptions = {}): BrowserImageCache {
  return {
    async open(url, connect) {
      const { caches, navigator } = platform;
      if (caches === undefined) return connect();
      const isOffline = navigator?.onLine === false;
      const before = isOffline ? await openKept(url, maxBytes) : undefined;
      if (before !== undefined) return before;
      let connection: Connection;
      try {
        connection = await connect();
      } catch (error) {
        const kept = isUnanswered(error) ? await openKept(url, maxBytes) : undefined;
        if (kept === undefined) throw error;
        return kept;
      }
      const { ranges, head, version } = connection;
      if (version === undefined) return connection;
      const name = `${prefixOf(url)}${ranges.size} ${version}`;
      await forget(url, name);
      const kept = new KeptLines(await caches.open(name), ranges.size, maxBytes);
      kept.put(0, head);
      return { head, version, ranges: cachedRanges(ranges, kept) };
    },
    forget,
  };
}

/** The image as it is kept, without the network. */
async function openKept(url: string, maxBytes: number): Promise<Connection | undefined> {
  const prefix = prefixOf(url);
  const { caches } = platform;
  const name = (await caches?.keys())?.find((name) => name.startsWith(prefix));
  if (caches === undefined || name === undefined) return undefined;
  const [, digits = '', version = ''] = /^(\d+) (.*)$/s.exec(name.slice(prefix.length)) ?? [];
  const size = Number(digits);
  const kept = new KeptLines(await caches.open(name), size, maxBytes);
  const head = await kept.get(0);
  if (head === undefined) return undefined;
  const read = async (from: number, to: number): Promise<Uint8Array> => {
    throw new RemoteError('NO_ANSWER', `no network, and bytes ${from} to ${to} are not kept`);
  };
  return { head, version, ranges: cachedRanges({ size, read }, kept) };
}

/** Drops what is kept of an image, but for one state of it. */
async function forget(url: string | URL, but?: string): Promise<void> {
  const prefix = prefixOf(url);
  for (const name of (await platform.caches?.keys()) ?? []) {
    if (name.startsWith(prefix) && name !== but) await platform.caches?.delete(name);
  }
}

/** What the names of an image's caches begin with: addresses have no spaces. */
function prefixOf(url: string | URL): string {
  const { href } = new URL(url, platform.location?.href);
  return `docteur ${KEPT_BYTES} ${href.replace(/#.*$/s, '')} `;
}

/** By its code: `docteur/browser` has a class of its own. */
function isUnanswered(error: unknown): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === 'NO_ANSWER';
}
