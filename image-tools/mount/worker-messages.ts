import { FormatError, type FormatErrorCode } from '#format';

/** What the thread that serves an image is started with. */
export interface ServeInput {
  /** The image's path, absolute. */
  readonly image: string;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that may be kept of objects read before. */
  readonly cacheBytes: number;
}

/** What it says: `ready` once the image is open, `ended` when it was unmounted, and what is wrong on the way. */
export type ServeMessage =
  | { readonly event: 'ready' | 'ended' }
  | { readonly event: 'fault'; readonly text: string }
  | { readonly event: 'failed'; readonly error: SentError };

/** An error on its way between threads, which would lose its code. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code: unknown;
}

export function sendError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined };
  const { name, message } = error;
  return { name, message, code: (error as { code?: unknown }).code };
}

export function receiveError({ name, message, code }: SentError): Error {
  if (name === 'FormatError') return new FormatError(code as FormatErrorCode, message);
  return Object.assign(new Error(message), { name, ...(code !== undefined && { code }) });
}

/** What it is told, once: the open /dev/fuse. */
export interface ServeOrder {
  readonly fd: number;
}
