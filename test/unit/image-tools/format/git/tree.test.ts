import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import {
  compareTreeEntries,
  decodeTree,
  encodeTree,
  hashObject,
  newSha1,
  OBJECT_TREE,
  oidToHex,
  parseOid,
  TreeCursor,
  type TreeEntry,
} from '#format';
import { git } from '../../../../fixtures/git.ts';

const names = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((name) => name.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte)))
  .filter((name) => !['.', '..'].includes(Buffer.from(name).toString('latin1')));
const entries = fc.uniqueArray(
  fc.record(
    {
      mode: fc.constantFrom(0o40000, 0o100644, 0o100755, 0o120000, 0o160000),
      name: names,
      oid: fc.uint8Array({ minLength: 20, maxLength: 20 }),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 20, selector: (entry) => Buffer.from(entry.name).toString('latin1') },
);

t.test('trees come back, sorted', async (t) => {
  fc.assert(
    fc.property(entries, (entries) => {
      const bytes = encodeTree(entries);
      t.strictSame(decodeTree(bytes), entries.toSorted(compareTreeEntries));
    }),
  );
});

t.test('the order and the id are those of git mktree', async (t) => {
  const folder = t.testdir();
  git(folder, 'init', '-q');
  const blob = git(folder, 'hash-object', '-w', '--stdin').toString().trim();
  const tree = git(folder, 'hash-object', '-w', '-t', 'tree', '--stdin').toString().trim();
  const oid = (hex: string) => parseOid(hex) as Uint8Array;
  const sample: TreeEntry[] = [
    ...['foo', 'foo.', 'foo-bar', 'foo0', 'a', 'é', '~'].map((name) => ({
      mode: 0o100644,
      name: Buffer.from(name),
      oid: oid(blob),
    })),
    ...['fo', 'foo.d', 'foo-', 'foo1', 'b'].map((name) => ({
      mode: 0o40000,
      name: Buffer.from(name),
      oid: oid(tree),
    })),
  ];
  const input = sample.map(({ mode, name, oid }) => {
    const type = mode === 0o40000 ? 'tree' : 'blob';
    return `${mode.toString(8).padStart(6, '0')} ${type} ${oidToHex(oid)}\t${name.toString()}\0`;
  });
  const expected = execFileSync('git', ['mktree', '-z'], { cwd: folder, input: input.join('') });
  const ours = oidToHex(hashObject(newSha1, OBJECT_TREE, encodeTree(sample)));
  t.equal(ours, expected.toString().trim());
});

t.test('malformed trees', async (t) => {
  const bad = (name: string, head: string, idLength = 20) =>
    t.throws(
      () => decodeTree(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.alloc(idLength)])),
      { name: 'FormatError', code: 'BAD_TREE' },
      name,
    );
  bad('no mode', ' a\0');
  bad('mode of other digits', '10064x a\0');
  bad('mode too long', '000000000100644 a\0');
  bad('unknown mode', '100600 a\0');
  bad('no name', '100644 \0');
  bad('.', '100644 .\0');
  bad('..', '40000 ..\0');
  bad('a slash', '100644 a/b\0');
  bad('cut in the mode', '1006', 0);
  bad('cut in the name', '100644 abc', 0);
  bad('cut in the id', '100644 abc\0', 19);
  const cursor = new TreeCursor(Buffer.concat([Buffer.from('100644 ...\0'), Buffer.alloc(20)]));
  t.equal(cursor.next(), true, '... is a name like any other');
  t.equal(cursor.next(), false);
});

t.test('entries out of order', async (t) => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.nat(), (entries, i, j) => {
      if (entries.length < 2) return;
      const sorted: TreeEntry[] = entries.toSorted(compareTreeEntries);
      const [a, b] = [i % sorted.length, j % sorted.length];
      [sorted[a], sorted[b]] = [sorted[b] as TreeEntry, sorted[a] as TreeEntry];
      const bytes = Buffer.concat(
        sorted.map(({ mode, name, oid }) =>
          Buffer.concat([Buffer.from(`${mode.toString(8)} `), name, Buffer.of(0), oid]),
        ),
      );
      if (a === b) t.strictSame(decodeTree(bytes), sorted);
      else t.throws(() => decodeTree(bytes), { code: 'BAD_TREE' });
    }),
  );
});
