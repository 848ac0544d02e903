import { parseOid } from '#format';
import {
  checkMountOptions,
  type FileSystem,
  type MountOptions,
  mountAtOnce,
  OptionError,
  whenAtHand,
} from '#reader';
import type { AsyncFileSystem } from './async-file-system.ts';
import { blobRanges } from './blob-ranges.ts';
import type { Connection, ImageCache } from './byte-ranges.ts';
import { FetchedLines, LINE_BYTES } from './fetched-lines.ts';
import { indexStart } from './index-start.ts';
import { RemoteError } from './remote-error.ts';
import { RepeatedFileSystem } from './repeated-file-system.ts';
import { openUrlRanges } from './url-ranges.ts';

/** How an image is to be read; as {@link MountOptions} say, where those have the same name. */
export interface OpenOptions {
  /** The id of the commit that the image must hold, in 40 digits or 20 bytes: all that is read is checked by it. */
  readonly commit?: string | Uint8Array;
  /** Compares all that is read with its id, whatever the commit. */
  readonly check?: boolean;
  /** Told, in one line, that the image's path index is not used: it is damaged, or foreign. */
  readonly onWarning?: (message: string) => void;
  /** Ends everything: calls under way and later ones reject with its reason. */
  readonly signal?: AbortSignal;
  /** Bytes of the image that are kept; calls under way may take more. 16 MiB if absent. */
  readonly cacheBytes?: number;
}

/** How an image is to be fetched and read. */
export interface OpenUrlOptions extends OpenOptions {
  /** Makes the requests; the one of the platform if absent. For credentials, headers, a cache of your own. */
  readonly fetch?: typeof fetch;
  /** Keeps what was fetched for later visits; nothing is kept if absent. */
  readonly cache?: ImageCache;
}

/** The file system of an image elsewhere. */
export interface OpenedRemoteImage {
  readonly fs: AsyncFileSystem;
  /**
   * Makes a synchronous call on the image, and again whenever bytes came that it lacked: for what takes many steps,
   * such as `(fs) => fs.list('/').map(({ name }) => fs.stat(`/${name}`))`. What it gives must own its bytes, as
   * that of `get` and `read` does and that of `view` does not; it must not wait for anything.
   */
  read<Result>(call: (fs: FileSystem) => Result): Promise<Result>;
  /** Of the image, in bytes. */
  readonly size: number;
  /** Gives up what is under way: all that `fs` is asked then is a RemoteError CLOSED. */
  close(): void;
}

/** Bytes of an image that are kept unless it is said otherwise. */
const CACHE_BYTES = 16 * 2 ** 20;
/** Bytes of objects read before that are kept: less than programs keep, since tabs are many. */
const OBJECT_BYTES = 16 * 2 ** 20;
/** What the first request asks for, in bytes: it finds out the size, and boot needs the first bytes. */
const HEAD_BYTES = 2 * LINE_BYTES;
/** Path indexes up to this size are fetched by one request, with the checksums before them. */
const INDEX_BYTES = 6 * LINE_BYTES;
/** Of a larger one, what a first look needs beside its end. */
const ROOT_BYTES = 5000;

/**
 * Opens an image on a server that answers range requests, as object stores and web servers do, by parts:
 *
 * ```ts
 * import { openImageUrl } from 'docteur/browser';
 *
 * const { fs } = await openImageUrl('https://example.org/disk.img');
 * for (const { name, kind } of await fs.list('/')) console.log(kind, name);
 * ```
 *
 * @throws RemoteError if the bytes cannot be had, FormatError if they are no image, OptionError for options that
 * make no sense, and the reason of `signal`
 */
export async function openImageUrl(
  url: string | URL,
  options: OpenUrlOptions = {},
): Promise<OpenedRemoteImage> {
  const mountOptions = checkOptions(options);
  // Browsers let nobody call it as a method.
  const { fetch = (...args) => globalThis.fetch(...args), cache } = options;
  if (typeof fetch !== 'function') throw new OptionError("'fetch' must be a function");
  const end = newEnd(options.signal);
  try {
    const connect = () => openUrlRanges(url, HEAD_BYTES, { fetch, signal: end.signal });
    const connection = await (cache === undefined ? connect() : cache.open(String(url), connect));
    return await open(connection, end, options, mountOptions);
  } catch (error) {
    end.forget();
    throw error;
  }
}

/**
 * Opens an image in a Blob, or in a File that a user chose or that the browser keeps for the page. Nothing is read
 * but what is asked for.
 * @throws RemoteError if it cannot be read, FormatError if it is no image, OptionError for options that make no
 * sense, and the reason of `signal`
 */
export async function openImageBlob(
  blob: Blob,
  options: OpenOptions = {},
): Promise<OpenedRemoteImage> {
  const mountOptions = checkOptions(options);
  const end = newEnd(options.signal);
  try {
    const connection = { ranges: blobRanges(blob), head: new Uint8Array(0), version: undefined };
    return await open(connection, end, options, mountOptions);
  } catch (error) {
    end.forget();
    throw error;
  }
}

async function open(
  { ranges, head }: Connection,
  end: End,
  { cacheBytes = CACHE_BYTES }: OpenOptions,
  mountOptions: MountOptions,
): Promise<OpenedRemoteImage> {
  const lines = new FetchedLines(ranges, cacheBytes);
  lines.keepHead(head);
  let changed: RemoteError | undefined;
  const repeat = async <Result>(call: () => Result): Promise<Result> => {
    const pins = lines.begin();
    try {
      return await whenAtHand(
        () => {
          end.signal.throwIfAborted();
          // What is at hand of the old image is not mixed with the new one.
          if (changed !== undefined) throw changed;
          return lines.attempt(pins, call);
        },
        (missing) => end.orAborted(lines.fetch(missing, pins)),
      );
    } catch (error) {
      if (error instanceof RemoteError && error.code === 'CHANGED') changed = error;
      throw error;
    } finally {
      lines.end(pins);
    }
  };
  const { size } = ranges;
  const indexAt = indexStart(head, size);
  const mounted = await repeat(() => {
    if (size - indexAt <= INDEX_BYTES) lines.window(indexAt, size - indexAt);
    // Checksums, and the root's entries: they come with the index's end, not after it.
    else lines.expect(indexAt, ROOT_BYTES);
    return mountAtOnce(lines, mountOptions);
  });
  return {
    fs: new RepeatedFileSystem(mounted, repeat),
    read: (call) => repeat(() => call(mounted)),
    size,
    close() {
      end.abort(new RemoteError('CLOSED', 'the image was closed'));
      lines.clear();
    },
  };
}

/** What ends an image: its `close`, or its user's signal. */
interface End {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Waits for a promise, but no longer than until the end. */
  orAborted<Result>(promise: Promise<Result>): Promise<Result>;
  /** Lets go of the user's signal. */
  forget(): void;
}

function newEnd(outer: AbortSignal | undefined): End {
  const controller = new AbortController();
  const { signal } = controller;
  const follow = () => controller.abort(outer?.reason);
  const forget = () => outer?.removeEventListener('abort', follow);
  if (outer?.aborted) follow();
  else outer?.addEventListener('abort', follow, { once: true });
  return {
    signal,
    forget,
    abort(reason) {
      forget();
      controller.abort(reason);
    },
    orAborted: (promise) =>
      new Promise((resolve, reject) => {
        const onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        if (signal.aborted) onAbort();
        promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
      }),
  };
}

/** @throws OptionError */
function checkOptions({ commit, check, onWarning, cacheBytes = 0 }: OpenOptions): MountOptions {
  const oid = typeof commit === 'string' ? parseOid(commit) : commit;
  if (typeof commit === 'string' && oid === undefined) {
    throw new OptionError("'commit' must be the 40 digits of an id");
  }
  const options = {
    cacheBytes: OBJECT_BYTES,
    ...(oid !== undefined && { commit: oid }),
    ...(check !== undefined && { check }),
    ...(onWarning !== undefined && { onWarning }),
  };
  checkMountOptions({ ...options, cacheBytes });
  return options;
}
