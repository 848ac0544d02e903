import type { Path } from './entry.ts';
import { FsError } from './errors.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

export const SLASH = 0x2f;
const DOT = 0x2e;

/** A path as bytes; its own ones if it came as bytes. @throws TypeError for what is no path */
export function pathBytes(path: Path): Uint8Array {
  if (typeof path === 'string') return encodeUtf8(path);
  if (path instanceof Uint8Array) return path;
  throw new TypeError(`a path is text or a Uint8Array, and this is ${typeof path}`);
}

/** A path as text for people. */
export function pathText(path: Path): string {
  return typeof path === 'string' ? path : decodeUtf8(path);
}

/** Where the segment that starts at `from` ends: at the next slash or the end of the path. */
export function segmentEnd(path: Uint8Array, from: number): number {
  const slash = path.indexOf(SLASH, from);
  return slash === -1 ? path.length : slash;
}

/** Whether the segment `from`..`to` is `.`. */
export function isDot(path: Uint8Array, from: number, to: number): boolean {
  return to - from === 1 && path[from] === DOT;
}

/** Whether the segment `from`..`to` is `..`. */
export function isDotDot(path: Uint8Array, from: number, to: number): boolean {
  return to - from === 2 && path[from] === DOT && path[from + 1] === DOT;
}

/** Whether an entry of a directory may have this name. */
export function isEntryName(name: Uint8Array): boolean {
  const end = name.length;
  if (end === 0 || isDot(name, 0, end) || isDotDot(name, 0, end)) return false;
  return !name.includes(SLASH) && !name.includes(0);
}

/**
 * Refuses a path with a segment `..`: nothing lies above the root, and whoever asks for it is most
 * likely being tricked into it.
 * @throws FsError INVALID_PATH
 */
export function refuseDotDot(path: Uint8Array, text: string): void {
  for (let from = 0; from < path.length; ) {
    const to = segmentEnd(path, from);
    if (isDotDot(path, from, to)) throw new FsError('INVALID_PATH', text, "'..' is not allowed");
    from = to + 1;
  }
}
