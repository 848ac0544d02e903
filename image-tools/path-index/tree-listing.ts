import { compareBytes, FormatError, KINDS, kindOfMode, OID_LENGTH, TreeCursor } from '#format';

/** Bytes of the shortest entry: a mode, a space, a name of one byte, a NUL, an id. */
const MIN_ENTRY_SIZE = 1 + 1 + 1 + 1 + OID_LENGTH;

const DIRECTORY = KINDS.indexOf('directory');

/**
 * The entries of a tree in the order of the bytes of their names: git's own differs where directories
 * are. Flat columns, for a tree may have millions of entries, each of which would be several objects.
 */
export class TreeListing {
  readonly bytes: Uint8Array;
  /** Two for each entry: where its name begins and ends in `bytes`. A NUL and its id follow. */
  readonly #names: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly count: number;
  /** Which entries are directories. */
  readonly directories: Uint32Array;

  /** Borrows `bytes`, the content of a tree. @throws FormatError BAD_TREE, LIMIT */
  constructor(bytes: Uint8Array) {
    const room = Math.floor(bytes.length / MIN_ENTRY_SIZE);
    let names = new Uint32Array(2 * room);
    let kinds = new Uint8Array(room);
    const cursor = new TreeCursor(bytes);
    let [count, directories, isSorted] = [0, 0, true];
    while (cursor.next()) {
      const { mode, nameStart, nameEnd } = cursor;
      names[2 * count] = nameStart;
      names[2 * count + 1] = nameEnd;
      kinds[count] = KINDS.indexOf(kindOfMode(mode));
      if (kinds[count] === DIRECTORY) directories += 1;
      isSorted &&= count === 0 || compareNames(bytes, names, count - 1, count) < 0;
      count += 1;
    }
    if (!isSorted) ({ names, kinds } = sorted(bytes, names, kinds, count));
    this.bytes = bytes;
    this.#names = names;
    this.#kinds = kinds;
    this.count = count;
    this.directories = new Uint32Array(directories);
    for (let i = 0, at = 0; i < count; i++) if (kinds[i] === DIRECTORY) this.directories[at++] = i;
  }

  /** The name of an entry, borrowed. */
  nameOf(entry: number): Uint8Array {
    return this.bytes.subarray(this.#names[2 * entry], this.#names[2 * entry + 1]);
  }

  /** The id of an entry's object, borrowed. */
  oidOf(entry: number): Uint8Array {
    const start = (this.#names[2 * entry + 1] as number) + 1;
    return this.bytes.subarray(start, start + OID_LENGTH);
  }

  /** Its number in KINDS. */
  kindOf(entry: number): number {
    return this.#kinds[entry] as number;
  }
}

function compareNames(bytes: Uint8Array, names: Uint32Array, a: number, b: number): number {
  return compareBytes(
    bytes.subarray(names[2 * a], names[2 * a + 1]),
    bytes.subarray(names[2 * b], names[2 * b + 1]),
  );
}

function sorted(bytes: Uint8Array, names: Uint32Array, kinds: Uint8Array, count: number) {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  order.sort((a, b) => compareNames(bytes, names, a, b));
  const result = { names: new Uint32Array(2 * count), kinds: new Uint8Array(count) };
  for (let i = 0; i < count; i++) {
    const entry = order[i] as number;
    const nameStart = names[2 * entry] as number;
    if (i > 0 && compareNames(bytes, names, order[i - 1] as number, entry) === 0) {
      throw new FormatError('BAD_TREE', 'two entries of one name', { offset: nameStart });
    }
    result.names[2 * i] = nameStart;
    result.names[2 * i + 1] = names[2 * entry + 1] as number;
    result.kinds[i] = kinds[entry] as number;
  }
  return result;
}
