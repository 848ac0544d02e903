import { type Limits, OBJECT_BLOB, type Oid } from '#format';
import type { ObjectReader } from '../pack/index.ts';
import { FsError } from './errors.ts';
import type { Entry, FileSystem, Kind, Path } from './file-system.ts';
import type { Layout } from './layout.ts';
import { pathBytes, pathText, refuseDotDot } from './path.ts';
import { resolvePath } from './resolve.ts';

/** Longest link target that is followed, in bytes: PATH_MAX of Linux. */
const MAX_LINK_TARGET = 4096;

/** The file system of an image: paths and contents, over any reader's layout of the directories. */
export class ImageFileSystem<Node> implements FileSystem {
  readonly #layout: Layout<Node>;
  readonly #objects: ObjectReader;
  readonly #commitSeconds: number;
  readonly #maxDepth: number;

  constructor(
    layout: Layout<Node>,
    objects: ObjectReader,
    commitSeconds: number,
    { maxTreeDepth }: Limits,
  ) {
    this.#maxDepth = maxTreeDepth;
    this.#layout = layout;
    this.#objects = objects;
    this.#commitSeconds = commitSeconds;
  }

  exists(path: Path): Kind | undefined {
    try {
      return this.#layout.kindOf(this.#resolve(path));
    } catch (error) {
      if (error instanceof FsError && error.code !== 'INVALID_PATH') return undefined;
      throw error;
    }
  }

  get(path: Path): Uint8Array {
    return this.#readBlob(this.#file(path));
  }

  view(path: Path): Uint8Array {
    const node = this.#file(path);
    return this.#objects.readContent(this.#layout.packOffset(node), OBJECT_BLOB, this.#oid(node));
  }

  getPartial(path: Path, offset: number, length: number): Uint8Array {
    if (
      !Number.isSafeInteger(offset) ||
      !Number.isSafeInteger(length) ||
      offset < 0 ||
      length < 0
    ) {
      throw new RangeError(`offset ${offset} and length ${length} are no byte counts`);
    }
    const node = this.#file(path);
    const packOffset = this.#layout.packOffset(node);
    return this.#objects.readBlobPart(packOffset, offset, length, this.#oid(node));
  }

  list(path: Path): Entry[] {
    const node = this.#resolve(path);
    if (this.#layout.kindOf(node) !== 'directory') {
      throw new FsError('NOT_A_DIRECTORY', pathText(path), 'not a directory');
    }
    return this.#layout.list(node);
  }

  readLink(path: Path): Uint8Array {
    const node = this.#resolve(path, false);
    if (this.#layout.kindOf(node) !== 'link') {
      throw new FsError('NOT_A_LINK', pathText(path), 'not a symbolic link');
    }
    return this.#readBlob(node);
  }

  digest(path: Path): Uint8Array {
    return this.#layout.oid(this.#resolve(path)).slice();
  }

  size(path: Path): number {
    const node = this.#file(path);
    return this.#layout.size?.(node) ?? this.#readSize(node);
  }

  lastModified(path: Path): number {
    this.#resolve(path);
    return this.#commitSeconds;
  }

  /** The id that a node's object must have; undefined where none is checked: it may cost a read. */
  #oid(node: Node): Oid | undefined {
    return this.#objects.checks ? this.#layout.oid(node) : undefined;
  }

  #readBlob(node: Node): Uint8Array {
    return this.#objects.readBlob(this.#layout.packOffset(node), this.#oid(node));
  }

  #readSize(node: Node): number {
    return this.#objects.readBlobSize(this.#layout.packOffset(node), this.#oid(node));
  }

  #file(path: Path): Node {
    const node = this.#resolve(path);
    const kind = this.#layout.kindOf(node);
    if (kind === 'directory' || kind === 'submodule') {
      throw new FsError('NOT_A_FILE', pathText(path), `a ${kind}, not a file`);
    }
    return node;
  }

  #resolve(path: Path, followLast = true): Node {
    const bytes = pathBytes(path);
    const text = pathText(path);
    refuseDotDot(bytes, text);
    const known = this.#layout.find?.(bytes);
    if (known !== undefined && !(followLast && this.#layout.kindOf(known) === 'link')) return known;
    const readLink = (link: Node) => {
      if (this.#readSize(link) > MAX_LINK_TARGET) {
        throw new FsError('INVALID_PATH', text, `a link to more than ${MAX_LINK_TARGET} bytes`);
      }
      return this.#readBlob(link);
    };
    return resolvePath(this.#layout, bytes, text, readLink, this.#maxDepth, followLast);
  }
}
