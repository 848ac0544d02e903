import t from 'tap';
import { encodeTree, MODE_FILE, MODE_TREE, type Oid, oidToHex } from '#format';
import { walkPaths } from '../../../../image-tools/path-index/walk-paths.ts';

const BLOB = new Uint8Array(20).fill(9);

/** Trees by their made-up ids. */
class Trees {
  readonly #contents = new Map<string, Uint8Array>();

  add(entries: readonly (readonly [number, string, Oid])[]): Oid {
    const oid = new Uint8Array(20).fill(this.#contents.size + 1);
    const tree = entries.map(([mode, name, oid]) => ({ mode, name: Buffer.from(name), oid }));
    this.#contents.set(oidToHex(oid), encodeTree(tree));
    return oid;
  }

  readonly read = (oid: Oid): Uint8Array => this.#contents.get(oidToHex(oid)) as Uint8Array;
}

function walk(trees: Trees, root: Oid, maxOpenSize: number, maxTreeDepth = 10): string[] {
  const keys: string[] = [];
  walkPaths(
    root,
    { readTree: trees.read, maxTreeDepth, maxOpenSize, checkCount: () => {} },
    (key, kind) => keys.push(`${kind} ${Buffer.from(key).toString().replaceAll('\0', '|')}`),
  );
  return keys;
}

t.test('every path, in the order of the keys', async (t) => {
  const trees = new Trees();
  const inner = trees.add([[MODE_FILE, 'z', BLOB]]);
  const root = trees.add([
    [MODE_TREE, 'a', inner],
    [MODE_FILE, 'a.b', BLOB],
    [MODE_TREE, 'c', inner],
  ]);
  // Git's order is a.b, a/, c/.
  t.strictSame(walk(trees, root, 1000), ['2 |a', '0 |a.b', '2 |c', '0 a||z', '0 c||z']);
});

t.test('folders within each other may have so many bytes, and not one more', async (t) => {
  const trees = new Trees();
  const low = trees.add([[MODE_FILE, 'file', BLOB]]);
  const middle = trees.add([[MODE_TREE, 'd', low]]);
  const root = trees.add([
    [MODE_TREE, 'x', middle],
    [MODE_TREE, 'y', middle],
  ]);
  const size = [root, middle, low].reduce((sum, oid) => sum + trees.read(oid).length, 0);
  t.equal(walk(trees, root, size).length, 6, 'those beside each other do not add up');
  t.throws(() => walk(trees, root, size - 1), { name: 'FormatError', code: 'LIMIT' });
  t.equal(walk(trees, root, size, 2).length, 6);
  t.throws(() => walk(trees, root, size, 1), { name: 'FormatError', code: 'LIMIT' });
});

t.test('one name twice is an error, wherever its entries stand', async (t) => {
  const trees = new Trees();
  const inner = trees.add([]);
  const root = trees.add([
    [MODE_FILE, 'a', BLOB],
    [MODE_FILE, 'a.b', BLOB],
    [MODE_TREE, 'a', inner],
  ]);
  t.throws(() => walk(trees, root, 1000), { name: 'FormatError', code: 'BAD_TREE' });
});
