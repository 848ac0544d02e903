import { isDot, SLASH, segmentEnd } from './path.ts';

/** A path as the path index knows it. */
export interface IndexedPath {
  /** Its key; undefined for the root. */
  readonly key: Uint8Array | undefined;
  /** Where the name begins in the key. */
  readonly nameAt: number;
  /** Whether what the path names must be a directory: it ends in a slash or a dot. */
  readonly mustBeDirectory: boolean;
}

/** The key of a path without `..`: what it names if there is no link on the way. */
export function indexedPath(path: Uint8Array): IndexedPath {
  // Each segment is written with the NUL of a directory behind it; the last one is a name, and has
  // a NUL more before it instead.
  const key = new Uint8Array(path.length + 2);
  let length = 0;
  let nameAt = -1;
  let mustBeDirectory = path.at(-1) === SLASH;
  for (let from = 0; from < path.length; ) {
    const to = segmentEnd(path, from);
    if (to > from) {
      mustBeDirectory = isDot(path, from, to) || path.at(-1) === SLASH;
      if (!isDot(path, from, to)) {
        if (nameAt !== -1) key[length++] = 0;
        nameAt = length;
        key.set(path.subarray(from, to), length);
        length += to - from;
      }
    }
    from = to + 1;
  }
  if (nameAt === -1) return { key: undefined, nameAt: 0, mustBeDirectory: true };
  key.copyWithin(nameAt + 1, nameAt, length);
  key[nameAt] = 0;
  return { key: key.subarray(0, length + 1), nameAt: nameAt + 1, mustBeDirectory };
}
