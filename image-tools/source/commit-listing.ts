import { closeSync, openSync } from 'node:fs';
import { DEFAULT_LIMITS, decodeLatin1, type Oid, oidToHex, parseOid } from '#format';
import { ToolError } from '../base/errors.ts';
import { FileSink } from '../files/file-sink.ts';
import { inspectObjects, type ObjectInfo, readTrees } from './cat-file.ts';
import { type GitClient, GitError } from './git-client.ts';
import { OidTable } from './oid-table.ts';
import { treeEntries } from './tree-entries.ts';

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
}

/**
 * Lists the objects of a commit into the new file `listFile`, each once, as `git rev-list --objects` does:
 * a line of the id and the path at which it was first met, without line breaks. Every tree is read once,
 * however many paths lead to it.
 * @param onSkip told of each submodule, once for each tree that names it
 * @throws GitError; ToolError LIMIT for trees that are too large, too deep, or make too many paths
 */
export async function listCommit(
  git: GitClient,
  commit: string,
  root: string,
  listFile: string,
  onSkip: (path: string, reason: string) => void,
): Promise<CommitListing> {
  const fd = openSync(listFile, 'wx');
  try {
    const sink = new FileSink(fd);
    sink.write(Buffer.from(`${commit}\n`));
    const listing = new Listing(parseOid(root) as Oid, sink, onSkip);
    const { maxTreeSize } = DEFAULT_LIMITS;
    await readTrees(git, listing.nextTree, maxTreeSize, (content) => listing.addTree(content));
    sink.flush();
    await inspectObjects(git, listing.nextBlob, (info) => listing.addSize(info));
    return listing.count();
  } finally {
    closeSync(fd);
  }
}

/** One tree: rows of what it names, a blob or a tree as often as it does. */
interface ListedTree {
  readonly blobs: Uint32Array;
  readonly trees: Uint32Array;
}

class Listing {
  readonly #sink: FileSink;
  readonly #onSkip: (path: string, reason: string) => void;
  /** Trees by the order in which they are read, with the hints of those that are still to be. */
  readonly #trees = new OidTable();
  readonly #hints: string[] = [];
  readonly #listed: ListedTree[] = [];
  readonly #blobs = new OidTable();
  readonly #sizes: number[] = [];
  #askedTrees = 0;
  #askedBlobs = 0;
  #treeBytes = 0;

  constructor(root: Oid, sink: FileSink, onSkip: (path: string, reason: string) => void) {
    this.#sink = sink;
    this.#onSkip = onSkip;
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

  /** Adds what the next of the trees holds. */
  addTree(content: Uint8Array): void {
    this.#treeBytes += content.length;
    if (this.#treeBytes > DEFAULT_LIMITS.maxTreesSize) {
      throw new ToolError('LIMIT', `trees of more than ${DEFAULT_LIMITS.maxTreesSize} bytes`);
    }
    const row = this.#listed.length;
    const hint = this.#hints[row] as string;
    this.#hints[row] = '';
    const blobs: number[] = [];
    const trees: number[] = [];
    for (const { kind, name, oid } of treeEntries(content)) {
      const path = `${hint}${hint === '' ? '' : '/'}${decodeLatin1(name)}`;
      if (kind === 'tree') trees.push(this.#add(this.#trees, oid, path));
      else if (kind === 'blob') blobs.push(this.#add(this.#blobs, oid, path));
      else this.#onSkip(Buffer.from(path, 'latin1').toString(), 'a submodule');
    }
    this.#listed.push({ blobs: Uint32Array.from(blobs), trees: Uint32Array.from(trees) });
  }

  addSize({ oid, type, size }: ObjectInfo): void {
    if (type !== 'blob') throw new GitError(`object ${oid} is a ${type}, not a blob`);
    this.#sizes.push(size);
  }

  /** Counts paths without walking them: as many lead to a tree as lead to all that name it. */
  count(): CommitListing {
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
    return { files, bytes, objects: 1 + this.#trees.count + this.#blobs.count };
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
