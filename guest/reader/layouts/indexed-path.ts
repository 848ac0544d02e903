import { isDot, SLASH } from '../fs/path.ts';

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
  // Segments are counted first: where the last name begins, and how long the key is. Bytes are visited one
  // by one: names are short, and calls cost more.
  let length = 0;
  let lastFrom = -1;
  let mustBeDirectory = true;
  for (let from = 0; from < path.length; ) {
    const to = nextSlash(path, from);
    const isName = to > from && !isDot(path, from, to);
    if (isName) {
      length += to - from + 1;
      lastFrom = from;
    }
    mustBeDirectory = !isName || to < path.length;
    from = to + 1;
  }
  if (lastFrom === -1) return { key: undefined, nameAt: 0, mustBeDirectory };
  // Each segment has the NUL of a directory behind it; the last one is a name, and has one more before it instead.
  const key = new Uint8Array(length);
  let at = 0;
  for (let from = 0; from <= lastFrom; ) {
    const to = nextSlash(path, from);
    if (from === lastFrom) at += 1;
    if (to > from && !isDot(path, from, to)) {
      for (let next = from; next < to; next++) key[at++] = path[next] as number;
      at += 1;
    }
    from = to + 1;
  }
  return { key, nameAt: at - 1 - (nextSlash(path, lastFrom) - lastFrom), mustBeDirectory };
}

function nextSlash(path: Uint8Array, from: number): number {
  let to = from;
  while (to < path.length && path[to] !== SLASH) to += 1;
  return to;
}

/** The path of the entry `name` of the directory whose entries' keys begin with `prefix`; no link is on it. */
export function pathOfKey(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  const path = new Uint8Array(prefix.length - 1 + name.length);
  for (let at = 0; at < prefix.length - 1; at++)
    path[at] = prefix[at] === 0 ? SLASH : (prefix[at] as number);
  path.set(name, prefix.length - 1);
  return path;
}
