import { FormatError } from '../base/errors.ts';
import { compareBytes, concatBytes, copyRange, encodeAscii } from '../bytes/bytes.ts';
import { OID_LENGTH, type Oid } from './oid.ts';

/** The modes of tree entries (octal, as git writes them). */
export const MODE_TREE = 0o40000;
export const MODE_FILE = 0o100644;
export const MODE_EXECUTABLE = 0o100755;
export const MODE_LINK = 0o120000;
export const MODE_SUBMODULE = 0o160000;

/** Git's reading of a mode, by its bits above the permissions. */
const MODE_OF_TYPE: ReadonlyMap<number, number> = new Map(
  [MODE_TREE, MODE_FILE, MODE_LINK, MODE_SUBMODULE].map((mode) => [mode >> 12, mode]),
);
const OWNER_X = 0o100;

/**
 * The mode that git reads where a tree says `raw`: the kind by the upper bits, and of a file whether its
 * owner may execute it. Old and other clients wrote 100664, 100600, 40755. Undefined for no kind.
 */
function canonicalMode(raw: number): number | undefined {
  const mode = MODE_OF_TYPE.get(raw >> 12);
  return mode === MODE_FILE && (raw & OWNER_X) !== 0 ? MODE_EXECUTABLE : mode;
}

/** One entry of a tree. */
export interface TreeEntry {
  /** One of the modes above. */
  readonly mode: number;
  readonly name: Uint8Array;
  readonly oid: Oid;
}

/** Longest name in a tree, in bytes. Git has no bound, file systems 255 characters. */
const MAX_NAME_LENGTH = 0xffff;

const SPACE = 0x20;
const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * Walks the entries of a tree's content without allocating. Every entry is checked: a known mode,
 * a name that is neither empty nor `.` nor `..` and holds no `/`, and a whole id. Their order is not
 * (faulty clients left others than git's in public history), nor whether a name is there twice: who
 * looks names up sorts them, and sees both.
 *
 * `while (cursor.next())` then read `mode`, `nameStart`, `nameEnd`, `oidStart`: offsets into `bytes`.
 */
export class TreeCursor {
  readonly bytes: Uint8Array;
  /** One of the modes above: git ignores most permissions in a tree, and so do we. */
  mode = 0;
  nameStart = 0;
  nameEnd = 0;
  oidStart = 0;
  #at = 0;
  /** The place of the next slash, searched from `#at` or before. Slashes are rare, and only in ids. */
  #slash = -1;

  /** Borrows `bytes`, the content of a tree object. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Moves to the next entry; false at the end. @throws FormatError BAD_TREE, LIMIT (its name) */
  next(): boolean {
    const { bytes } = this;
    const start = this.#at;
    if (start === bytes.length) return false;
    let at = start;
    let raw = 0;
    for (let byte = bytes[at]; byte !== SPACE; byte = bytes[++at]) {
      if (byte === undefined || byte < 0x30 || byte > 0x37 || at - start > 6) {
        throw new FormatError('BAD_TREE', 'a mode is not an octal number', { offset: start });
      }
      raw = raw * 8 + byte - 0x30;
    }
    const mode = canonicalMode(raw);
    if (mode === undefined) {
      throw new FormatError('BAD_TREE', `unknown mode ${raw.toString(8)}`, { offset: start });
    }
    const nameStart = at + 1;
    const nameEnd = bytes.indexOf(0, nameStart);
    if (nameEnd === -1 || bytes.length - nameEnd <= OID_LENGTH) {
      throw new FormatError('BAD_TREE', 'a tree ends inside an entry', { offset: start });
    }
    this.#checkName(nameStart, nameEnd);
    this.mode = mode;
    this.nameStart = nameStart;
    this.nameEnd = nameEnd;
    this.oidStart = nameEnd + 1;
    this.#at = nameEnd + 1 + OID_LENGTH;
    return true;
  }

  #checkName(start: number, end: number): void {
    const { bytes } = this;
    const length = end - start;
    if (length > MAX_NAME_LENGTH) {
      throw new FormatError('LIMIT', `a name of ${length} bytes`, { offset: start });
    }
    const dots = length <= 2 && bytes[start] === DOT && (length === 1 || bytes[start + 1] === DOT);
    if (length === 0 || dots) {
      throw new FormatError('BAD_TREE', 'an entry is named . or .., or has no name', {
        offset: start,
      });
    }
    if (this.#slash < start) {
      const slash = bytes.indexOf(SLASH, start);
      this.#slash = slash === -1 ? bytes.length : slash;
    }
    if (this.#slash < end) {
      throw new FormatError('BAD_TREE', 'a name contains a /', { offset: start });
    }
  }
}

/**
 * Checks a tree's content as {@link TreeCursor} does, and tells `visit` where the id of each directory in
 * it stands. @throws FormatError BAD_TREE, LIMIT
 */
export function listDirectories(content: Uint8Array, visit: (oidStart: number) => void): void {
  const cursor = new TreeCursor(content);
  while (cursor.next()) if (cursor.mode === MODE_TREE) visit(cursor.oidStart);
}

/** The entries of a tree's content, copied. @throws FormatError BAD_TREE */
export function decodeTree(bytes: Uint8Array): TreeEntry[] {
  const cursor = new TreeCursor(bytes);
  const entries: TreeEntry[] = [];
  while (cursor.next()) {
    const { mode, nameStart, nameEnd, oidStart } = cursor;
    entries.push({
      mode,
      name: copyRange(bytes, nameStart, nameEnd),
      oid: copyRange(bytes, oidStart, oidStart + OID_LENGTH),
    });
  }
  return entries;
}

/** The content of a tree of `entries`, which it puts into git's order. */
export function encodeTree(entries: readonly TreeEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { mode, name, oid } of entries.toSorted(compareTreeEntries)) {
    parts.push(encodeAscii(`${mode.toString(8)} `), name, Uint8Array.of(0), oid);
  }
  return concatBytes(parts);
}

/** Git's order of the entries of a tree: by name, a directory's as if it ended in `/`. */
export function compareTreeEntries(
  a: Pick<TreeEntry, 'mode' | 'name'>,
  b: Pick<TreeEntry, 'mode' | 'name'>,
): number {
  const aIsTree = a.mode === MODE_TREE;
  const bIsTree = b.mode === MODE_TREE;
  if (a.name.length === b.name.length) {
    return compareBytes(a.name, b.name) || Number(aIsTree) - Number(bIsTree);
  }
  const common = Math.min(a.name.length, b.name.length);
  const order = compareBytes(a.name.subarray(0, common), b.name.subarray(0, common));
  if (order !== 0) return order;
  return (a.name[common] ?? (aIsTree ? SLASH : -1)) - (b.name[common] ?? (bIsTree ? SLASH : -1));
}
