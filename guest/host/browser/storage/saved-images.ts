import { RemoteError } from '../remote-error.ts';
import { type FolderHandle, platform } from './platform.ts';

/** The folder that has the images, among what else a site keeps. */
const FOLDER = 'docteur';
/** Milliseconds before the last try to remove a file. */
const LAST_WAIT = 640;

/** How an image is saved. */
export interface SaveOptions {
  /** Ends it: what was there stays. */
  readonly signal?: AbortSignal;
  /** Makes the request; the one of the platform if absent. */
  readonly fetch?: typeof fetch;
  /** Told how many bytes are saved, and of how many, where the server says so. */
  readonly onProgress?: (saved: number, size: number | undefined) => void;
}

/**
 * Saves a whole image in the browser's own file system (OPFS), for use without a network:
 *
 * ```ts
 * import { openImageBlob } from 'docteur/browser';
 * import { saveImage, savedImage } from 'docteur/browser-storage';
 *
 * const url = 'https://example.org/disk.img';
 * const file = (await savedImage('disk.img')) ?? (await saveImage(url, 'disk.img'));
 * const { fs } = await openImageBlob(file);
 * console.log(await fs.list('/'));
 * ```
 *
 * It appears whole or not at all; an older image of that name is replaced.
 * @param name a file's name, without slashes
 * @throws RemoteError if the bytes cannot be had or cannot be kept; the reason of `signal`
 */
export async function saveImage(
  source: string | URL | Blob,
  name: string,
  options: SaveOptions = {},
): Promise<File> {
  const { signal, onProgress = () => {} } = options;
  const { body, size } =
    source instanceof Blob
      ? { body: source.stream(), size: source.size }
      : await download(source, options);
  const folder = await imageFolder();
  const file = await folder.getFileHandle(name, { create: true });
  const isNew = (await file.getFile()).size === 0;
  let saved = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      saved += piece.length;
      onProgress(saved, size);
      controller.enqueue(piece);
    },
    flush() {
      if (size !== undefined && saved !== size) {
        throw new RemoteError('BAD_ANSWER', `${saved} of ${size} bytes came`);
      }
    },
  });
  try {
    // What is written is put in the file's place once all is there.
    const sink = await file.createWritable();
    await body.pipeThrough(counted).pipeTo(sink, { ...(signal !== undefined && { signal }) });
  } catch (cause) {
    if (isNew) await removeUnfinished(folder, name);
    signal?.throwIfAborted();
    if (cause instanceof RemoteError) throw cause;
    throw new RemoteError('CANNOT_READ', `${name}: the image cannot be saved`, { cause });
  }
  return file.getFile();
}

/** Removes what was not saved to its end. A browser may hold it for a moment after the writer gave up. */
async function removeUnfinished(folder: FolderHandle, name: string): Promise<void> {
  for (let wait = 10; wait <= LAST_WAIT; wait *= 2) {
    try {
      return await folder.removeEntry(name);
    } catch (error) {
      if (isNotFound(error)) return;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** An image that was saved; undefined if none of that name was. It is a File for `openImageBlob`. */
export async function savedImage(name: string): Promise<File | undefined> {
  const folder = await imageFolder();
  try {
    const file = await (await folder.getFileHandle(name)).getFile();
    // What is being saved for the first time, or failed and could not be removed, is empty.
    return file.size === 0 ? undefined : file;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Removes an image that was saved, if it was. */
export async function removeSavedImage(name: string): Promise<void> {
  const folder = await imageFolder();
  await folder.removeEntry(name).catch((error) => {
    if (!isNotFound(error)) throw error;
  });
}

async function imageFolder(): Promise<FolderHandle> {
  const { storage } = platform.navigator ?? {};
  if (storage === undefined) {
    throw new RemoteError('CANNOT_READ', 'this browser keeps no files for this page (OPFS)');
  }
  return (await storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
}

async function download(
  url: string | URL,
  { signal, fetch = (...args) => globalThis.fetch(...args) }: SaveOptions,
): Promise<{ readonly body: ReadableStream<Uint8Array>; readonly size: number | undefined }> {
  // The browser need not keep it twice.
  const response = await fetch(url, { cache: 'no-store', ...(signal !== undefined && { signal }) });
  const { status, headers, body } = response;
  if (status !== 200 || body === null) {
    await body?.cancel();
    throw new RemoteError('REFUSED', `the server answers with status ${status}`);
  }
  // The length of an encoded body is not that of the image.
  const length = headers.has('content-encoding') ? null : headers.get('content-length');
  return { body, size: length === null ? undefined : Number(length) };
}

function isNotFound(error: unknown): boolean {
  return (error as { readonly name?: unknown } | undefined)?.name === 'NotFoundError';
}
