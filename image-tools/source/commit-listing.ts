import { closeSync, openSync } from 'node:fs';
import { DEFAULT_LIMITS, type Oid, oidToHex, parseOid } from '#format';
import { ToolError } from '../base/errors.ts';
import { FileSink } from '../files/file-sink.ts';
import { inspectObjects, type ObjectInfo, readObjects } from './cat-file.ts';
import { type GitClient, GitError } from './git-client.ts';
import { isPointerSize, type LfsPointer, parseLfsPointer } from './lfs-pointer.ts';
import { pathsIn } from './listed-paths.ts';
import { namedObjects, textOf } from './named-objects.ts';
import { OidTable } from './oid-table.ts';

/** Most paths of one commit: a few trees within each other make more than anybody can store. */
const MAX_PATHS = 2 ** 28;
/** A hint tells what an object is called; of longer paths the end does. In bytes. */
const MAX_HINT = 512;

/** What a commit holds. */
export interface CommitListing {
  /** Paths of files and links, and their bytes: what is at several paths counts each time. */
  readonly files: number;
  readonly bytes: number;
  /** Different objects: the commit, trees and blobs. */
  readonly objects: number;
  /** Bytes of the content of all of them except the commit, each counted once. */
  readonly contentBytes: number;
  /** What stands for something else, each once for each tree that names it, where it was first met. */
  readonly submodules: readonly ListedSubmodule[];
  readonly pointers: readonly ListedPointer[];
}

/** Another repository's commit in the place of a folder. */
interface ListedSubmodule {
  /** The path's bytes, each as one character. */
  readonly path: string;
  /** The id of the commit, in hexadecimal. */
  readonly commit: string;
}

/** A file that says where Git LFS has its content. */
interface ListedPointer extends LfsPointer {
  /** The path's bytes, each as one character. */
  readonly path: string;
  /** The id of the pointer itself, in hexadecimal. */
  readonly blob: string;
}

/**
 * Lists the objects of a commit into the new file `listFile`, each once, as `git rev-list --objects` does:
 * a line of the id and the path at which it was first met, without line breaks. Every tree is read once,
 * however many paths lead to it, and checked as the readers of the image will check it.
 * @throws GitError; ToolError REFUSED, with id and path, for a tree that no reader accepts; LIMIT for trees
 * that are too large, too deep, or make too many paths
 */
export async function listCommit(
  git: GitClient,
  commit: string,
  root: string,
  listFile: string,
): Promise<CommitListing> {
  const fd = openSync(listFile, 'wx');
  const sink = new FileSink(fd);
  try {
    sink.write(Buffer.from(`${commit}\n`));
    const listing = new Listing(parseOid(root) as Oid, sink);
    const { maxTreeSize } = DEFAULT_LIMITS;
    await readObjects(git, listing.nextTree, maxTreeSize, (content, info) =>
      listing.addTree(content, info),
    );
    sink.flush();
    await inspectObjects(git, listing.nextBlob, (info) => listing.addBlob(info));
    await readObjects(git, listing.nextSmall, maxTreeSize, (content, info) =>
      listing.addSmall(content, info),
    );
    const { pointers } = listing;
    const paths = pathsIn(listFile, new Set(pointers.map(({ blob }) => blob)));
    return {
      ...listing.count(),
      pointers: pointers.map((pointer) => ({ ...pointer, path: paths.get(pointer.blob) ?? '' })),
    };
  } catch (error) {
    if (!(error instanceof WrongType)) throw error;
    sink.flush();
    const path = pathsIn(listFile, new Set([error.id])).get(error.id) ?? '';
    const words = `names ${textOf(path)} as ${error.wanted}, but object ${error.id} is a ${error.found}`;
    throw new ToolError('REFUSED', `tree ${error.tree} ${words}`, error);
  } finally {
    closeSync(fd);
  }
}

/** A tree names an object with the wrong type. */
class WrongType extends Error {
  readonly tree: string;
  readonly id: string;
  readonly wanted: string;
  readonly found: string;

  constructor(tree: string, id: string, wanted: string, found: string) {
    super(`${id} is a ${found}`);
    this.tree = tree;
    this.id = id;
    this.wanted = wanted;
    this.found = found;
  }
}

/** One tree: the rows of the blobs and trees that it names, repeated if it repeats them. */
interface ListedTree {
  readonly blobs: Uint32Array;
  readonly trees: Uint32Array;
}

class Listing {
  readonly #sink: FileSink;
  /** Trees by the order in which they are read, with the hints of those that are still to be. */
  readonly #trees = new OidTable();
  readonly #hints: string[] = [];
  readonly #submodules: ListedSubmodule[] = [];
  readonly #pointers: Omit<ListedPointer, 'path'>[] = [];
  /** Blobs of a size that pointers have, by their rows. */
  readonly #small: number[] = [];
  readonly #listed: ListedTree[] = [];
  readonly #blobs = new OidTable();
  readonly #sizes: number[] = [];
  #askedTrees = 0;
  #askedBlobs = 0;
  #askedSmall = 0;
  #treeBytes = 0;

  constructor(root: Oid, sink: FileSink) {
    this.#sink = sink;
    this.#add(this.#trees, root, '');
  }

  /** The id of the next tree to be read; there may be more of them once those before are added. */
  readonly nextTree = (): string | undefined => {
    if (this.#askedTrees === this.#trees.count) return undefined;
    return oidToHex(this.#trees.oidOf(this.#askedTrees++));
  };

  /** The id of the next blob whose size is to be added. */
  readonly nextBlob = (): string | undefined => {
    if (this.#askedBlobs === this.#blobs.count) return undefined;
    return oidToHex(this.#blobs.oidOf(this.#askedBlobs++));
  };

  /** The id of the next blob whose content is to be looked at. */
  readonly nextSmall = (): string | undefined => {
    const row = this.#small[this.#askedSmall++];
    return row === undefined ? undefined : oidToHex(this.#blobs.oidOf(row));
  };

  /** Adds what the next of the trees holds. */
  addTree(content: Uint8Array, { oid: id, type }: ObjectInfo): void {
    this.#treeBytes += content.length;
    if (this.#treeBytes > DEFAULT_LIMITS.maxTreesSize) {
      throw new ToolError('LIMIT', `trees of more than ${DEFAULT_LIMITS.maxTreesSize} bytes`);
    }
    const row = this.#listed.length;
    const hint = this.#hints[row] as string;
    if (type !== 'tree') throw new WrongType(this.#namingTree('trees', row), id, 'a folder', type);
    this.#hints[row] = '';
    const blobs: number[] = [];
    const trees: number[] = [];
    for (const { kind, name, oid } of namedObjects(content, id, hint)) {
      const path = `${hint}${hint === '' ? '' : '/'}${name}`;
      if (kind === 'tree') trees.push(this.#add(this.#trees, oid, path));
      else if (kind === 'blob') blobs.push(this.#add(this.#blobs, oid, path));
      else this.#submodules.push({ path, commit: oidToHex(oid) });
    }
    this.#listed.push({ blobs: Uint32Array.from(blobs), trees: Uint32Array.from(trees) });
  }

  addBlob({ oid, type, size }: ObjectInfo): void {
    const row = this.#sizes.length;
    if (type !== 'blob') throw new WrongType(this.#namingTree('blobs', row), oid, 'a file', type);
    if (isPointerSize(size)) this.#small.push(row);
    this.#sizes.push(size);
  }

  addSmall(content: Uint8Array, { oid }: ObjectInfo): void {
    const pointer = parseLfsPointer(content);
    if (pointer === undefined) return;
    this.#pointers.push({ ...pointer, blob: oid });
  }

  /** Counts paths without walking them: as many lead to a tree as lead to all that name it. */
  count(): Omit<CommitListing, 'pointers'> {
    let files = 0;
    let bytes = 0;
    const paths = new Float64Array(this.#listed.length);
    const depths = new Uint32Array(this.#listed.length);
    const namedBy = new Uint32Array(this.#listed.length);
    for (const { trees } of this.#listed) for (const tree of trees) namedBy[tree] += 1;
    paths[0] = 1;
    const ready = [0];
    let done = 0;
    for (let row = ready.pop(); row !== undefined; row = ready.pop(), done++) {
      const { blobs, trees } = this.#listed[row] as ListedTree;
      const here = paths[row] as number;
      const below = (depths[row] as number) + 1;
      files += here * blobs.length;
      checkPaths(files + here * trees.length, below);
      for (const blob of blobs) bytes += here * (this.#sizes[blob] as number);
      for (const tree of trees) {
        paths[tree] += here;
        depths[tree] = Math.max(depths[tree] as number, below);
        namedBy[tree] -= 1;
        if (namedBy[tree] === 0) ready.push(tree);
      }
    }
    if (done < this.#listed.length) throw new GitError('a tree that holds itself');
    const objects = 1 + this.#trees.count + this.#blobs.count;
    const contentBytes = this.#sizes.reduce((sum, size) => sum + size, this.#treeBytes);
    return { files, bytes, objects, contentBytes, submodules: this.#submodules };
  }

  get pointers(): readonly Omit<ListedPointer, 'path'>[] {
    return this.#pointers;
  }

  /** The id of the first tree that names a row. */
  #namingTree(table: keyof ListedTree, row: number): string {
    const tree = this.#listed.findIndex((listed) => listed[table].includes(row));
    return tree === -1 ? '' : oidToHex(this.#trees.oidOf(tree));
  }

  /** The row of an object; a new one is listed. */
  #add(table: OidTable, oid: Oid, path: string): number {
    const known = table.find(oid);
    if (known !== undefined) return known;
    const hint = path.slice(-MAX_HINT).replace(/^\/+|[\r\n]/g, '');
    if (table === this.#trees) this.#hints.push(hint);
    this.#sink.write(Buffer.from(`${oidToHex(oid)} ${hint}\n`, 'latin1'));
    return table.add(oid);
  }
}

function checkPaths(paths: number, depth: number): void {
  if (paths > MAX_PATHS) {
    throw new ToolError('LIMIT', `more than ${MAX_PATHS} paths, out of a few trees`);
  }
  if (depth > DEFAULT_LIMITS.maxTreeDepth) {
    throw new ToolError('LIMIT', `folders deeper than ${DEFAULT_LIMITS.maxTreeDepth}`);
  }
}
