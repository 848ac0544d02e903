import { FormatError } from '#format';
import { type FileSystem, FsError, type TreeNode } from '../../guest/reader/index.ts';
import type { Random } from './random.ts';
import { insist } from './target.ts';

/** Entries that are looked at, and folders within each other. */
const MAX_ENTRIES = 300;
const MAX_DEPTH = 30;
const MAX_PATH_BYTES = 2 ** 17;

/** Makes every call on the nodes of a file system; each gives what it promises, or one of two errors. */
export function walkNodes(open: () => FileSystem, random: Random): void {
  const fs = attempt(open);
  if (fs === undefined) return;
  const { nodes } = fs;
  const root = attempt(() => nodes.root);
  const todo = root === undefined ? [] : [{ node: root, path: '', depth: 0 }];
  attempt(() => nodes.numbered(random.edgy()));
  attempt(() => nodes.viewAt(random.edgy(), random.bytes(20)));
  attempt(() => nodes.placeOf(random.edgy()));
  attempt(() => listPaths(fs));
  let entries = 0;
  for (let next = todo.pop(); next !== undefined && entries < MAX_ENTRIES; next = todo.pop()) {
    const { node, path, depth } = next;
    const after = random.oneIn(2) ? random.bytes(random.below(4)) : undefined;
    attempt(() => {
      for (const { node: child, name, kind } of nodes.list(node, after)) {
        entries += 1;
        if (entries > MAX_ENTRIES) return;
        checkNode(fs, child, random);
        if (kind === 'file' || kind === 'executable')
          attempt(() => readFile(fs, `${path}/${name}`));
        else if (kind === 'directory' && depth < MAX_DEPTH) {
          todo.push({ node: child, path: `${path}/${name}`, depth: depth + 1 });
        }
      }
    });
    attempt(() => nodes.entries(node).length);
    attempt(() => nodes.child(node, random.bytes(random.below(3))));
  }
}

/** As many paths as a sound image of this size can have. */
function listPaths({ nodes }: FileSystem): void {
  let bytes = 0;
  for (const piece of nodes.paths(nodes.root, new Uint8Array(0), 0)) {
    bytes += piece.length;
    insist(piece.at(-1) === 0, 'a piece ends within a path');
    if (bytes > MAX_PATH_BYTES) return;
  }
}

function attempt<Value>(call: () => Value): Value | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof FormatError || error instanceof FsError) return undefined;
    throw error;
  }
}

function checkNode({ nodes }: FileSystem, node: TreeNode, random: Random): void {
  attempt(() => nodes.kind(node));
  attempt(() => nodes.name(node));
  attempt(() => nodes.target(node));
  attempt(() => nodes.read(node, random.below(10), random.below(10)));
  attempt(() => nodes.view(node));
  const id = attempt(() => nodes.id(node));
  insist(id === undefined || id.length === 20, 'no id');
  const size = attempt(() => nodes.size(node));
  insist(size === undefined || (Number.isSafeInteger(size) && size >= 0), `a size of ${size}`);
  const number = attempt(() => nodes.number(node));
  if (number === undefined) return;
  insist(Number.isSafeInteger(number) && number > 1, `number ${number}`);
  const again = attempt(() => nodes.number(nodes.numbered(number)));
  insist(again === number, `${number} leads to ${again}`);
}

function readFile(fs: FileSystem, path: string): void {
  const file = fs.open(path);
  const size = file.size;
  const content = file.read();
  insist(content.length === size && file.id.length === 20, 'a file of another size');
  insist(Buffer.from(file.view(1, 3)).equals(content.subarray(1, 4)), 'another part');
  file.close();
}
