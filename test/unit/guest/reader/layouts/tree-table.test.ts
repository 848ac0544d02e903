import { createHash } from 'node:crypto';
import t from 'tap';
import {
  encodeTree,
  listDirectories,
  MODE_EXECUTABLE,
  MODE_FILE,
  MODE_LINK,
  MODE_SUBMODULE,
  MODE_TREE,
  OID_LENGTH,
  type TreeEntry,
} from '#format';
import { TreeTable } from '../../../../../guest/reader/layouts/tree-table.ts';

const MODES = [MODE_FILE, MODE_EXECUTABLE, MODE_LINK, MODE_SUBMODULE, MODE_TREE];
const KINDS = ['file', 'executable', 'link', 'submodule', 'directory'];

const entryOf = (name: string, mode: number): TreeEntry => ({
  mode,
  name: Buffer.from(name),
  oid: createHash('sha1').update(`${name} ${mode}`).digest(),
});
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
/** The number of a directory: any that its id tells. */
const numberOf = (oid: Uint8Array) => (oid[0] as number) * 0x1000000 + 7;

function setTree(table: TreeTable, tree: number, content: Uint8Array): void {
  table.setTree(tree, content);
  listDirectories(content, (oidStart) => {
    const oid = content.subarray(oidStart, oidStart + OID_LENGTH);
    table.setDirectory(tree, oidStart, numberOf(oid));
  });
}

/** Many names that go on as others do: `n3` as a folder comes behind `n3-` and `n3.` in git's order. */
function entriesOf(count: number): TreeEntry[] {
  const names = Array.from(
    { length: count },
    (_, i) => `n${i % 31}${['', '-', '.', '0', '~x'][i % 5]}`,
  );
  return [...new Set(names)].map((name, i) => entryOf(name, MODES[(i * 7 + 4) % 5] as number));
}

t.test('entries are what the trees say, in the order of bytes', async (t) => {
  const trees = Array.from({ length: 20 }, (_, tree) => entriesOf(tree * 17));
  const table = new TreeTable();
  for (const tree of trees.keys()) table.addDirectory(Buffer.alloc(20, tree));
  for (const [tree, entries] of trees.entries()) {
    setTree(table, tree, encodeTree(entries));
  }
  table.compact();
  for (const [tree, entries] of trees.entries()) {
    const listed = [...table.entriesOf(tree)].map((entry) => hex(table.nameOf(entry)));
    const sorted = entries.toSorted((a, b) => Buffer.compare(a.name, b.name));
    t.strictSame(
      listed,
      sorted.map(({ name }) => hex(name)),
    );
    const wrong = entries.filter(({ name, mode, oid }) => {
      const entry = table.find(tree, name, 0, name.length);
      if (entry === -1 || table.kindOf(entry) !== KINDS[MODES.indexOf(mode)]) return true;
      if (mode === MODE_TREE) return table.directoryOf(entry) !== numberOf(oid);
      return hex(table.oidOf(entry)) !== hex(oid);
    });
    t.strictSame(wrong, []);
    t.equal(table.find(tree, Buffer.from('absent'), 0, 6), -1);
    t.equal(hex(table.oidOfDirectory(tree)), hex(Buffer.alloc(20, tree)));
  }
});

t.test('a file and a directory of one name, which git does not sort side by side', async (t) => {
  const table = new TreeTable();
  table.addDirectory(Buffer.alloc(20));
  const entries = [entryOf('a', MODE_FILE), entryOf('a.b', MODE_FILE), entryOf('a', MODE_TREE)];
  setTree(table, 0, encodeTree(entries));
  for (let time = 0; time < 2; time++) {
    t.throws(() => table.find(0, Buffer.from('a'), 0, 1), { code: 'BAD_TREE' });
  }
});

t.test('modes that git does not write any more', async (t) => {
  const table = new TreeTable();
  table.addDirectory(Buffer.alloc(20));
  const rows: [mode: string, kind: string][] = [
    ['100600', 'file'],
    ['100677', 'file'],
    ['100700', 'executable'],
    ['100177', 'executable'],
    ['120755', 'link'],
    ['160755', 'submodule'],
    ['40777', 'directory'],
    ['040700', 'directory'],
    ['0100500', 'executable'],
  ];
  const content = Buffer.concat(
    rows.map(([mode]) => Buffer.concat([Buffer.from(`${mode} m${mode}\0`), Buffer.alloc(20, 1)])),
  );
  setTree(table, 0, content);
  for (const [mode, kind] of rows) {
    const name = Buffer.from(`m${mode}`);
    t.equal(table.kindOf(table.find(0, name, 0, name.length)), kind, mode);
  }
});
