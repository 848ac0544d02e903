import { type Idx, type Limits, OBJECT_BLOB, type Oid, type PackOffset } from '#format';
import type { ObjectReader } from '../pack/index.ts';
import type { Entry, Kind, Path } from './entry.ts';
import { FsError, type FsErrorCode } from './errors.ts';
import type { Layout } from './layout.ts';
import type { ListedNode, NodeTree, TreeNode } from './node-tree.ts';
import { isEntryName, pathBytes, pathText, refuseDotDot } from './path.ts';
import { resolvePath } from './resolve.ts';
import { resumed } from './resumed.ts';
import { decodeUtf8 } from './utf8.ts';
import { walkedPaths } from './walked-paths.ts';

/** Longest link target that is followed, in bytes: PATH_MAX of Linux. */
const MAX_LINK_TARGET = 4096;

/** The nodes of an image, over any reader's layout of the directories. */
export class ImageNodes<Node extends object> implements NodeTree {
  readonly root: TreeNode;
  readonly lastModified: number;
  readonly #layout: Layout<Node>;
  readonly #objects: ObjectReader;
  readonly #idx: Idx;
  readonly #maxDepth: number;

  constructor(
    layout: Layout<Node>,
    objects: ObjectReader,
    idx: Idx,
    commitSeconds: number,
    { maxTreeDepth }: Limits,
  ) {
    this.root = seal(layout.root);
    this.lastModified = commitSeconds;
    this.#layout = layout;
    this.#objects = objects;
    this.#idx = idx;
    this.#maxDepth = maxTreeDepth;
  }

  find(path: Path, followLast = true): TreeNode {
    const layout = this.#layout;
    const bytes = pathBytes(path);
    const text = pathText(path);
    refuseDotDot(bytes, text);
    const known = layout.find?.(bytes);
    if (known !== undefined && !(followLast && layout.kindOf(known) === 'link')) return seal(known);
    const readLink = (link: Node) => {
      if (this.#sizeOf(link) > MAX_LINK_TARGET) {
        throw new FsError('INVALID_PATH', text, `a link to more than ${MAX_LINK_TARGET} bytes`);
      }
      return this.#objects.readBlob(layout.packOffset(link), this.#oid(link));
    };
    return seal(resolvePath(layout, bytes, text, readLink, this.#maxDepth, followLast));
  }

  child(directory: TreeNode, name: Uint8Array): TreeNode | undefined {
    const node = this.#directory(directory);
    if (!isEntryName(name)) return undefined;
    const child = this.#layout.child(node, name, 0, name.length);
    return child && seal(child);
  }

  list(directory: TreeNode, after?: Uint8Array): Iterable<ListedNode> {
    const node = this.#directory(directory);
    return resumed((last) => this.#entriesOf(node, last?.nameBytes ?? after));
  }

  *#entriesOf(directory: Node, after: Uint8Array | undefined): Iterator<ListedNode> {
    const layout = this.#layout;
    for (const node of layout.nodesOf(directory, after)) {
      yield new ImageEntry(this, seal(node), layout.kindOf(node), layout.nameOf(node));
    }
  }

  entries(directory: TreeNode): Entry[] {
    return this.#layout.list(this.#directory(directory));
  }

  paths(directory: TreeNode, shown: Uint8Array, end: number): Iterable<Uint8Array> {
    const node = this.#directory(directory);
    return this.#layout.pathsBelow?.(node, shown, end) ?? walkedPaths(this, directory, shown, end);
  }

  kind(node: TreeNode): Kind {
    return this.#layout.kindOf(unseal(node));
  }

  name(node: TreeNode): Uint8Array {
    return this.#layout.nameOf(unseal(node)).slice();
  }

  size(node: TreeNode): number {
    const kind = this.kind(node);
    return kind === 'directory' || kind === 'submodule' ? 0 : this.#sizeOf(unseal(node));
  }

  id(node: TreeNode): Uint8Array {
    return this.#layout.oid(unseal(node)).slice();
  }

  place(node: TreeNode): number {
    return this.kind(node) === 'submodule' ? 0 : this.#layout.packOffset(unseal(node));
  }

  placeOf(idStart: number): number | undefined {
    // The rest of the id would be taken on trust.
    if (this.#objects.checks) return undefined;
    const entry = this.#idx.findStart(idStart);
    return entry === undefined ? undefined : this.#idx.packOffsetOf(entry);
  }

  target(link: TreeNode): Uint8Array {
    const node = this.#of(link, (kind) => kind === 'link', 'NOT_A_LINK', 'not a symbolic link');
    return this.#objects.readBlob(this.#layout.packOffset(node), this.#oid(node));
  }

  read(file: TreeNode, offset?: number, length?: number): Uint8Array {
    const node = this.#file(file);
    const packOffset = this.#layout.packOffset(node);
    const oid = this.#oid(node);
    if (offset === undefined) return this.#objects.readBlob(packOffset, oid);
    return this.#objects.readBlobPart(packOffset, ...byteRange(offset, length), oid);
  }

  view(file: TreeNode, offset?: number, length?: number): Uint8Array {
    const node = this.#file(file);
    return this.#view(this.#layout.packOffset(node), this.#oid(node), offset, length);
  }

  viewAt(place: number, id: Uint8Array, offset?: number, length?: number): Uint8Array {
    return this.#view(place, this.#objects.checks ? id : undefined, offset, length);
  }

  number(node: TreeNode): number {
    return this.#layout.numberOf(unseal(node));
  }

  numbered(number: number): TreeNode {
    const node = this.#layout.numbered(number);
    if (node !== undefined) return seal(node);
    throw new FsError('NOT_FOUND', `node ${number}`, 'not found');
  }

  #view(place: PackOffset, oid: Oid | undefined, offset?: number, length?: number): Uint8Array {
    if (offset === undefined) return this.#objects.readContent(place, OBJECT_BLOB, oid);
    return this.#objects.viewBlobPart(place, ...byteRange(offset, length), oid);
  }

  #sizeOf(node: Node): number {
    return this.#layout.size?.(node) ?? this.#readSize(node);
  }

  #readSize(node: Node): number {
    return this.#objects.readBlobSize(this.#layout.packOffset(node), this.#oid(node));
  }

  /** The id that a node's object must have; undefined where none is checked: it may cost a read. */
  #oid(node: Node): Oid | undefined {
    return this.#objects.checks ? this.#layout.oid(node) : undefined;
  }

  #directory(node: TreeNode): Node {
    const isDirectory = (kind: Kind) => kind === 'directory';
    return this.#of(node, isDirectory, 'NOT_A_DIRECTORY', 'not a directory');
  }

  #file(node: TreeNode): Node {
    return this.#of(node, isFile, 'NOT_A_FILE', `a ${this.kind(node)}, not a file`);
  }

  #of(
    sealed: TreeNode,
    isMeant: (kind: Kind) => boolean,
    code: FsErrorCode,
    message: string,
  ): Node {
    const node: Node = unseal(sealed);
    if (isMeant(this.#layout.kindOf(node))) return node;
    throw new FsError(code, decodeUtf8(this.#layout.nameOf(node)), message);
  }
}

/** Whether a node of this kind has content. */
export function isFile(kind: Kind): boolean {
  return kind === 'file' || kind === 'executable';
}

/** An entry as it is listed; what may cost something is made when it is asked for. */
class ImageEntry implements ListedNode {
  readonly node: TreeNode;
  readonly kind: Kind;
  readonly #nodes: NodeTree;
  /** Borrowed from the layout, which never changes it. */
  readonly #name: Uint8Array;

  constructor(nodes: NodeTree, node: TreeNode, kind: Kind, name: Uint8Array) {
    this.#nodes = nodes;
    this.node = node;
    this.kind = kind;
    this.#name = name;
  }

  get name(): string {
    return decodeUtf8(this.#name);
  }

  get nameBytes(): Uint8Array {
    return this.#name.slice();
  }

  get size(): number {
    return this.#nodes.size(this.node);
  }
}

/** @throws RangeError */
function byteRange(offset: number, length = Number.MAX_SAFE_INTEGER): [number, number] {
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0) {
    return [offset, length];
  }
  throw new RangeError(`offset ${offset} and length ${length} are no byte counts`);
}

/** Outside, a layout's node is opaque. */
function seal(node: object): TreeNode {
  return node as TreeNode;
}

function unseal<Node>(node: TreeNode): Node {
  return node as unknown as Node;
}
