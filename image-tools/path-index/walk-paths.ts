import {
  compareBytes,
  FormatError,
  KINDS,
  keyOf,
  kindOfMode,
  OID_LENGTH,
  type Oid,
  prefixBelow,
  ROOT_PREFIX,
  TreeCursor,
} from '#format';

/** One entry of a tree, for as long as its tree is being walked. */
interface NamedEntry {
  readonly name: Uint8Array;
  readonly kind: number;
  readonly oid: Oid;
}

/** A directory whose entries have been visited, and whose subdirectories are still to be. */
interface Frame {
  readonly prefix: Uint8Array;
  /** The next one last. */
  readonly below: NamedEntry[];
}

/** What a walk needs, and what bounds it. */
export interface WalkOptions {
  /** The content of a tree, borrowed. */
  readonly readTree: (oid: Oid) => Uint8Array;
  readonly maxTreeDepth: number;
  /** Called before each directory with the paths so far; throws to end the walk. */
  readonly checkCount: (paths: number) => void;
}

const DIRECTORY = KINDS.indexOf('directory');

/**
 * Visits every path below the tree `root` in the order of the keys of a path index, each with its
 * kind (its number in KINDS) and the id of its object, which are borrowed for the call. A tree that
 * stands at several paths is visited at each.
 * @throws FormatError BAD_TREE, LIMIT (depth), and what the options' functions throw
 */
export function walkPaths(
  root: Oid,
  { readTree, maxTreeDepth, checkCount }: WalkOptions,
  visit: (key: Uint8Array, kind: number, oid: Oid) => void,
): void {
  let paths = 0;
  const enter = (oid: Oid, prefix: Uint8Array): Frame => {
    checkCount(paths);
    const entries = sortedEntries(readTree(oid));
    for (const { name, kind, oid } of entries) visit(keyOf(prefix, name), kind, oid);
    paths += entries.length;
    return { prefix, below: entries.filter(({ kind }) => kind === DIRECTORY).reverse() };
  };

  const frames = [enter(root, ROOT_PREFIX)];
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const next = frame.below.pop();
    if (next === undefined) {
      frames.pop();
      continue;
    }
    if (frames.length > maxTreeDepth) {
      throw new FormatError('LIMIT', `folders deeper than ${maxTreeDepth}`);
    }
    frames.push(enter(next.oid, prefixBelow(frame.prefix, next.name)));
  }
}

/** Entries in the order of the bytes of their names: git's own differs where directories are. */
function sortedEntries(bytes: Uint8Array): NamedEntry[] {
  const entries: NamedEntry[] = [];
  const cursor = new TreeCursor(bytes);
  let isSorted = true;
  let last: Uint8Array | undefined;
  while (cursor.next()) {
    const { mode, nameStart, nameEnd, oidStart } = cursor;
    const name = bytes.subarray(nameStart, nameEnd);
    const oid = bytes.subarray(oidStart, oidStart + OID_LENGTH);
    isSorted &&= last === undefined || compareBytes(last, name) < 0;
    last = name;
    entries.push({ name, kind: KINDS.indexOf(kindOfMode(mode)), oid });
  }
  if (!isSorted) {
    entries.sort((a, b) => compareBytes(a.name, b.name));
    for (let i = 1; i < entries.length; i++) {
      const [before, entry] = [entries[i - 1] as NamedEntry, entries[i] as NamedEntry];
      if (compareBytes(before.name, entry.name) === 0) {
        throw new FormatError('BAD_TREE', 'two entries of one name', {
          offset: entry.name.byteOffset - bytes.byteOffset,
        });
      }
    }
  }
  return entries;
}
