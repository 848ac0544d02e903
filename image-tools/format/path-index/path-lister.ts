import { FormatError } from '../base/errors.ts';
import { KINDS } from '../git/kind.ts';
import type { FrontCodedKeys } from './front-coded-keys.ts';
import type { PathIndexLeaf } from './leaf.ts';

/** A leaf and the unit after it, where the next one begins. */
export interface PlacedLeaf {
  readonly leaf: PathIndexLeaf;
  readonly end: number;
}

/** Where a lister finds leaves; undefined where there is none. */
export interface LeafSource {
  leafFor(key: Uint8Array): PlacedLeaf | undefined;
  leafAt(unit: number): PlacedLeaf | undefined;
}

/** What is listed, and how. */
export interface ListedPaths {
  /** The prefix of the directory's keys. */
  readonly prefix: Uint8Array;
  /** What each path begins with. */
  readonly shown: Uint8Array;
  /** The byte after each path. */
  readonly end: number;
  /** Directories nested deeper are refused. */
  readonly maxDepth: number;
}

/** A key of a leaf, whole, and the keys after it. */
interface Place {
  readonly at: PlacedLeaf;
  readonly keys: FrontCodedKeys;
  readonly key: Uint8Array;
}

/** A directory on the way: its prefix, and where its entries are. */
interface Level {
  readonly prefix: Uint8Array;
  /** Bytes of the path before its names, a slash included. */
  readonly pathLength: number;
  at: PlacedLeaf;
  keys: FrontCodedKeys;
  /** Bytes of the name that was listed last, which stands after the path. */
  nameLength: number;
  /** The key whose name is its first one, until it was taken. */
  first: Uint8Array | undefined;
  /** Where the content of its next directory begins, once a directory was entered: keys are in that order. */
  below: Place | undefined;
  /** Where its entries ended. */
  behind: Place | undefined;
}

const NUL = 0;
const DOT = 0x2e;
const SLASH = 0x2f;
const DIRECTORY = KINDS.indexOf('directory');
const CHUNK = 0x10000;

/**
 * Lists what is below a directory, a directory before what it holds, in the order of the bytes of names, out of
 * the leaves as they follow each other: that is the order of the directories too. Each name is checked to be one
 * that a tree could hold, and above the one before. Memory grows with the depth alone.
 */
export class PathLister {
  readonly #leaves: LeafSource;
  readonly #end: number;
  readonly #maxDepth: number;
  readonly #stack: Level[] = [];
  #path: Uint8Array;
  #chunk = new Uint8Array(CHUNK);
  #filled = 0;

  constructor(leaves: LeafSource, { prefix, shown, end, maxDepth }: ListedPaths) {
    this.#leaves = leaves;
    this.#end = end;
    this.#maxDepth = maxDepth;
    this.#path = new Uint8Array(Math.max(1024, 2 * shown.length));
    this.#path.set(shown);
    this.#enter(prefix, shown.length, this.#seek(prefix));
  }

  /** The next paths, borrowed until the next call; undefined at the end. @throws FormatError BAD_INDEX, LIMIT */
  next(): Uint8Array | undefined {
    this.#filled = 0;
    for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) {
      const isDirectory = this.#listNames(top);
      if (isDirectory) this.#enterListed(top);
      else if (this.#filled > CHUNK / 2) break;
      else this.#leave(top);
    }
    return this.#filled === 0 ? undefined : this.#chunk.subarray(0, this.#filled);
  }

  /** Lists entries up to the first directory: true. At the end, or when the chunk is rather full: false. */
  #listNames(level: Level): boolean {
    if (level.behind !== undefined) return false;
    while (this.#filled <= CHUNK / 2) {
      if (level.first !== undefined) {
        this.#setName(level, 0, level.first, level.prefix.length, level.first.length);
        level.first = undefined;
      } else if (!this.#nextName(level)) return false;
      this.#write(level.pathLength + level.nameLength);
      if (level.at.leaf.kindOf(level.keys.read - 1) === DIRECTORY) return true;
    }
    return false;
  }

  /** Moves to the next name of a directory; false after the last, whose place is noted then. */
  #nextName(level: Level): boolean {
    const { keys, prefix } = level;
    if (!keys.next()) return this.#nextLeaf(level);
    const { shared, bytes, restStart, restEnd } = keys;
    const common = shared - prefix.length;
    if (common >= 0) {
      this.#setName(level, common, bytes, restStart, restEnd);
      return true;
    }
    const key = this.#keyBehind(level, keys);
    if (startsWith(key, prefix)) {
      this.#setName(level, 0, key, prefix.length, key.length);
      return true;
    }
    level.behind = { at: level.at, keys, key };
    return false;
  }

  #nextLeaf(level: Level): boolean {
    const at = this.#leaves.leafAt(level.at.end);
    const place = at && firstOf(at);
    if (place === undefined) {
      level.behind = { at: level.at, keys: level.keys, key: LAST };
      return false;
    }
    level.at = place.at;
    level.keys = place.keys;
    if (startsWith(place.key, level.prefix)) {
      this.#setName(level, 0, place.key, level.prefix.length, place.key.length);
      return true;
    }
    level.behind = place;
    return false;
  }

  /** The key that `keys` came to, which has less in common with the one before than that one's prefix. */
  #keyBehind({ prefix }: Level, { shared, bytes, restStart, restEnd }: FrontCodedKeys): Uint8Array {
    const key = joined(prefix, shared, bytes, restStart, restEnd);
    if (compare(key, prefix) < 0) throw unsorted();
    return key;
  }

  /** Sets a name: `common` bytes of the one before, then `from`..`to` of `rest`. */
  #setName(level: Level, common: number, rest: Uint8Array, from: number, to: number): void {
    const { pathLength, nameLength } = level;
    const nameEnd = common + to - from;
    if (pathLength + nameEnd >= this.#path.length) this.#grow(2 * (pathLength + nameEnd));
    const path = this.#path;
    let at = pathLength + common;
    const before = pathLength + nameLength;
    let rises = false;
    for (let next = from; next < to; next++) {
      const byte = rest[next] as number;
      if (byte === SLASH || byte === NUL) {
        throw new FormatError('BAD_INDEX', 'a name contains a slash or a NUL');
      }
      if (!rises) {
        const order = at < before ? byte - (path[at] as number) : 1;
        if (order < 0) throw unsorted();
        rises = order > 0;
      }
      path[at++] = byte;
    }
    if (!rises) throw unsorted();
    if (path[pathLength] === DOT && (nameEnd === 1 || (nameEnd === 2 && path[at - 1] === DOT))) {
      throw new FormatError('BAD_INDEX', 'an entry named . or ..');
    }
    level.nameLength = nameEnd;
  }

  /** Puts the path into the chunk. */
  #write(length: number): void {
    const end = this.#filled + length + 1;
    if (end > this.#chunk.length) {
      const grown = new Uint8Array(2 * end);
      grown.set(this.#chunk.subarray(0, this.#filled));
      this.#chunk = grown;
    }
    const path = this.#path;
    const chunk = this.#chunk;
    let to = this.#filled;
    for (let from = 0; from < length; ) chunk[to++] = path[from++] as number;
    chunk[to] = this.#end;
    this.#filled = end;
  }

  /** Goes into the directory that was listed last. */
  #enterListed(level: Level): void {
    const { prefix, pathLength, nameLength } = level;
    if (this.#stack.length >= this.#maxDepth) {
      throw new FormatError('LIMIT', `folders nested more than ${this.#maxDepth} deep`);
    }
    const nameEnd = pathLength + nameLength;
    const below = new Uint8Array(prefix.length + nameLength + 1);
    let at = 0;
    for (; at < prefix.length - 1; at++) below[at] = prefix[at] as number;
    for (let next = pathLength; next < nameEnd; next++) below[at++] = this.#path[next] as number;
    level.below ??= this.#skip(level);
    let place = level.below;
    // Keys that belong to no directory stand before it.
    if (place === undefined || compare(place.key, below) < 0) place = this.#seek(below);
    level.below = place;
    this.#path[nameEnd] = SLASH;
    this.#enter(below, nameEnd + 1, place);
  }

  #enter(prefix: Uint8Array, pathLength: number, place: Place | undefined): void {
    if (place === undefined || !startsWith(place.key, prefix)) return;
    const { at, keys, key } = place;
    this.#stack.push({
      prefix,
      pathLength,
      at,
      keys,
      nameLength: 0,
      first: key,
      below: undefined,
      behind: undefined,
    });
  }

  /** Leaves a directory that is at its end: what follows its last directory, or else itself, comes next. */
  #leave(level: Level): void {
    this.#stack.pop();
    const parent = this.#stack.at(-1);
    if (parent !== undefined) parent.below = level.below ?? level.behind;
  }

  /** The place after a directory's entries, if it is in the leaf that they are in. */
  #skip(level: Level): Place | undefined {
    const keys = level.keys.clone();
    while (keys.next()) {
      if (keys.shared >= level.prefix.length) continue;
      const key = this.#keyBehind(level, keys);
      if (!startsWith(key, level.prefix)) return { at: level.at, keys, key };
    }
    return undefined;
  }

  /** The first key that is `prefix` or above it, by the inner blocks. */
  #seek(prefix: Uint8Array): Place | undefined {
    const at = this.#leaves.leafFor(prefix);
    if (at === undefined) return undefined;
    const keys = at.leaf.keys();
    let key = NONE;
    while (keys.next()) {
      key = keyAt(keys, key);
      if (compare(key, prefix) >= 0) return { at, keys, key };
    }
    const behind = this.#leaves.leafAt(at.end);
    const place = behind && firstOf(behind);
    if (place !== undefined && compare(place.key, prefix) < 0) throw unsorted();
    return place;
  }

  #grow(length: number): void {
    const grown = new Uint8Array(length);
    grown.set(this.#path);
    this.#path = grown;
  }
}

/** In place of the first key after the last leaf: nearly all keys sort before it; the others are looked up. */
const LAST: Uint8Array = Uint8Array.of(0xff, 0xff);
const NONE: Uint8Array = new Uint8Array(0);

function firstOf(at: PlacedLeaf): Place | undefined {
  const keys = at.leaf.keys();
  return keys.next() ? { at, keys, key: keyAt(keys, NONE) } : undefined;
}

/** The key that `keys` is at, which follows the key `before`. */
function keyAt({ shared, bytes, restStart, restEnd }: FrontCodedKeys, before: Uint8Array) {
  return joined(before, shared, bytes, restStart, restEnd);
}

/** The first bytes of `head`, and a part of `rest`: for so few, loops are faster than views and copies of them. */
function joined(head: Uint8Array, shared: number, rest: Uint8Array, from: number, to: number) {
  const all = new Uint8Array(shared + to - from);
  let at = 0;
  while (at < shared) all[at] = head[at++] as number;
  for (let next = from; next < to; next++) all[at++] = rest[next] as number;
  return all;
}

/** Whether a key lies in the directory with a prefix. */
function startsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  if (key.length <= prefix.length) return false;
  for (let i = prefix.length - 1; i >= 0; i--) if (key[i] !== prefix[i]) return false;
  return true;
}

/** Below 0 where `key` stands before all that begins with `prefix`, 0 where it does. */
function compare(key: Uint8Array, prefix: Uint8Array): number {
  for (let i = 0; i < prefix.length; i++) {
    const order = (key[i] ?? -1) - (prefix[i] as number);
    if (order !== 0) return order;
  }
  return 0;
}

function unsorted(): FormatError {
  return new FormatError('BAD_INDEX', 'keys are not in ascending order');
}
