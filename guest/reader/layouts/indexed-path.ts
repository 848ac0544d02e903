import { isDot, SLASH, segmentEnd } from '../fs/path.ts';

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
  // one more before it instead. Bytes are copied one by one: names are short, and views cost more.
  const key = new Uint8Array(path.length + 2);
  let length = 0;
  let nameStart = -1;
  let mustBeDirectory = true;
  for (let from = 0; from < path.length; ) {
    const to = segmentEnd(path, from);
    const isName = to > from && !isDot(path, from, to);
    if (isName) {
      if (nameStart !== -1) key[length++] = 0;
      nameStart = length;
      for (let at = from; at < to; at++) key[length++] = path[at] as number;
    }
    mustBeDirectory = !isName || to < path.length;
    from = to + 1;
  }
  if (nameStart === -1) return { key: undefined, nameAt: 0, mustBeDirectory };
  key.copyWithin(nameStart + 1, nameStart, length);
  key[nameStart] = 0;
  return { key: key.slice(0, length + 1), nameAt: nameStart + 1, mustBeDirectory };
}

/** The path of the entry `name` of the directory whose entries' keys begin with `prefix`; no link is on it. */
export function pathOfKey(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  const path = new Uint8Array(prefix.length - 1 + name.length);
  for (let at = 0; at < prefix.length - 1; at++)
    path[at] = prefix[at] === 0 ? SLASH : (prefix[at] as number);
  path.set(name, prefix.length - 1);
  return path;
}
