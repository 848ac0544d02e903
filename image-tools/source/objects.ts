import { DEFAULT_LIMITS, OBJECT_TREE, type ObjectType, type Oid } from '#format';
import { grown, shared } from '../base/columns.ts';
import { ToolError } from '../base/errors.ts';
import type { Links } from '../files/folder-handle.ts';
import { FolderReader } from '../files/folder-reader.ts';
import { ByteArena } from './byte-arena.ts';
import { OidTable } from './oid-table.ts';

/**
 * Where an object's content can be read again, also by another thread.
 * - `inline`: here. Trees and commits that we make.
 * - `file`: in the file whose path is the list's `root`, a `/`, and the object's hint.
 * - `link`: the target of that symbolic link.
 * - `spool`: in the list's `spoolFile`, from the byte `offset` on.
 */
export type Locator =
  | { readonly kind: 'inline'; readonly content: Uint8Array }
  | { readonly kind: 'file' }
  | { readonly kind: 'link' }
  | { readonly kind: 'spool'; readonly offset: number };

const KINDS = ['inline', 'file', 'link', 'spool'] as const;

/** What an {@link ObjectList} is made of: flat, so that it travels to a worker thread. */
export interface ObjectListData {
  readonly count: number;
  readonly oids: Uint8Array;
  readonly types: Uint8Array;
  readonly sizes: Float64Array;
  readonly kinds: Uint8Array;
  /** Where the content begins: inline, in the arena; spooled, in the spool. */
  readonly places: Float64Array;
  readonly hintStarts: Float64Array;
  readonly hintLengths: Uint32Array;
  readonly arena: Uint8Array;
  readonly root: Uint8Array;
  readonly rootIdentity: string;
  readonly links: Links;
  readonly spoolFile: string;
}

/** Where the objects of a list come from. */
export interface ObjectOrigin {
  /** Bytes of the path of the folder that `file` and `link` locators start from. */
  readonly root?: Uint8Array;
  /** Identity of that folder, and whether links below it were followed. */
  readonly rootIdentity?: string;
  readonly links?: Links;
  /** Path of the file that `spool` locators point into. */
  readonly spoolFile?: string;
}

/**
 * The objects that go into an image, each once, in columns: a million of them are a few arrays.
 * A row's hint is the path, relative to the root, at which the object was first met: empty for the
 * commit and the root tree, and never beginning or ending in `/`.
 */
export class ObjectList {
  readonly root: Uint8Array;
  readonly spoolFile: string;
  /** Reads the files of `file` and `link` locators. */
  readonly files: FolderReader;
  readonly #rootIdentity: string;
  readonly #links: Links;
  readonly #table: OidTable;
  readonly #arena: ByteArena;
  #types: Uint8Array;
  #sizes: Float64Array;
  #kinds: Uint8Array;
  #places: Float64Array;
  #hintStarts: Float64Array;
  #hintLengths: Uint32Array;
  #treeBytes = 0;

  constructor(origin: ObjectOrigin = {}, data?: ObjectListData) {
    this.root = origin.root ?? new Uint8Array(0);
    this.spoolFile = origin.spoolFile ?? '';
    this.#rootIdentity = origin.rootIdentity ?? '';
    this.#links = origin.links ?? 'refuse';
    this.files = new FolderReader(this.root, this.#rootIdentity, this.#links);
    this.#table = new OidTable(data?.oids, data?.count);
    this.#arena = new ByteArena(data?.arena, data?.arena.length);
    this.#types = data?.types ?? new Uint8Array(64);
    this.#sizes = data?.sizes ?? new Float64Array(64);
    this.#kinds = data?.kinds ?? new Uint8Array(64);
    this.#places = data?.places ?? new Float64Array(64);
    this.#hintStarts = data?.hintStarts ?? new Float64Array(64);
    this.#hintLengths = data?.hintLengths ?? new Uint32Array(64);
  }

  /** The list that {@link ObjectList.share} took apart, for reading; it borrows the arrays. */
  static from(data: ObjectListData): ObjectList {
    return new ObjectList(data, data);
  }

  /**
   * The list in shared memory, which postMessage passes on without a copy: it stands there itself
   * from then on.
   */
  share(): ObjectListData {
    const { count } = this;
    this.#types = shared(this.#types.subarray(0, count));
    this.#sizes = shared(this.#sizes.subarray(0, count));
    this.#kinds = shared(this.#kinds.subarray(0, count));
    this.#places = shared(this.#places.subarray(0, count));
    this.#hintStarts = shared(this.#hintStarts.subarray(0, count));
    this.#hintLengths = shared(this.#hintLengths.subarray(0, count));
    return {
      count,
      oids: this.#table.share(),
      types: this.#types,
      sizes: this.#sizes,
      kinds: this.#kinds,
      places: this.#places,
      hintStarts: this.#hintStarts,
      hintLengths: this.#hintLengths,
      arena: this.#arena.share(),
      root: this.root,
      rootIdentity: this.#rootIdentity,
      links: this.#links,
      spoolFile: this.spoolFile,
    };
  }

  /** Closes what was opened to read contents; they can still be read. */
  close(): void {
    this.files.close();
  }

  get count(): number {
    return this.#table.count;
  }

  /** The row of an object, undefined if it is not in the list. */
  find(oid: Oid): number | undefined {
    return this.#table.find(oid);
  }

  /**
   * Adds an object, unless the list has it already, and gives its row. All bytes are copied.
   * `size` is the content's, in bytes.
   * @throws ToolError LIMIT for an object, or a number of them, that readers would refuse
   */
  add(oid: Oid, type: ObjectType, size: number, locator: Locator, hint: Uint8Array): number {
    const known = this.#table.find(oid);
    if (known !== undefined) return known;
    if (type === OBJECT_TREE) this.#checkTree(size, hint);
    if (this.count >= DEFAULT_LIMITS.maxObjects) {
      throw new ToolError('LIMIT', `more than ${DEFAULT_LIMITS.maxObjects} objects`);
    }
    const row = this.#table.add(oid);
    if (row >= this.#types.length) this.#grow();
    this.#types[row] = type;
    this.#sizes[row] = size;
    this.#kinds[row] = KINDS.indexOf(locator.kind);
    if (locator.kind === 'inline') this.#places[row] = this.#arena.add(locator.content);
    else if (locator.kind === 'spool') this.#places[row] = locator.offset;
    this.#hintStarts[row] = this.#arena.add(hint);
    this.#hintLengths[row] = hint.length;
    return row;
  }

  /** A view of a row's id, valid until the next `add`. */
  oidOf(row: number): Oid {
    return this.#table.oidOf(row);
  }

  typeOf(row: number): ObjectType {
    return this.#types[row] as ObjectType;
  }

  /** Size of the content, in bytes. */
  sizeOf(row: number): number {
    return this.#sizes[row] as number;
  }

  /** A view of a row's hint, valid until the next `add`. */
  hintOf(row: number): Uint8Array {
    return this.#arena.view(this.#hintStarts[row] as number, this.#hintLengths[row] as number);
  }

  /** The bytes that all hints stand in: a view, valid until the next `add`. */
  get hintBytes(): Uint8Array {
    return this.#arena.bytes;
  }

  /** Where a row's hint begins in {@link ObjectList.hintBytes}. */
  hintStartOf(row: number): number {
    return this.#hintStarts[row] as number;
  }

  /** Length of a row's hint, in bytes. */
  hintLengthOf(row: number): number {
    return this.#hintLengths[row] as number;
  }

  /** Where a row's content is; inline content is a view, valid until the next `add`. */
  locatorOf(row: number): Locator {
    const kind = KINDS[this.#kinds[row] as number] as Locator['kind'];
    const place = this.#places[row] as number;
    if (kind === 'inline') return { kind, content: this.#arena.view(place, this.sizeOf(row)) };
    if (kind === 'spool') return { kind, offset: place };
    return { kind };
  }

  /** Fails early, with the message that a reader of the image would give. */
  #checkTree(size: number, path: Uint8Array): void {
    const { maxTreeSize, maxTreesSize } = DEFAULT_LIMITS;
    if (size > maxTreeSize) {
      const place = path.length === 0 ? '' : `${Buffer.from(path)}: `;
      const words = `a tree of ${size} bytes, at most ${maxTreeSize} allowed`;
      throw new ToolError('LIMIT', `${place}${words}`);
    }
    this.#treeBytes += size;
    if (this.#treeBytes > maxTreesSize) {
      throw new ToolError('LIMIT', `more than ${maxTreesSize} bytes of trees`);
    }
  }

  #grow(): void {
    const rows = Math.max(64, this.#types.length * 2);
    this.#types = grown(this.#types, rows);
    this.#sizes = grown(this.#sizes, rows);
    this.#kinds = grown(this.#kinds, rows);
    this.#places = grown(this.#places, rows);
    this.#hintStarts = grown(this.#hintStarts, rows);
    this.#hintLengths = grown(this.#hintLengths, rows);
  }
}
