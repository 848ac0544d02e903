import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
  for (const mode of ['0', '644', '10644', '60644', '140644', '2100644', '7777777']) {
    bad(`the unknown mode ${mode}`, `${mode} a\0`);
  }
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

/** A tree of these entries in this order, with modes as they are given. */
function rawTree(entries: readonly { mode: string; name: Uint8Array; oid: Uint8Array }[]): Buffer {
  return Buffer.concat(
    entries.flatMap(({ mode, name, oid }) => [Buffer.from(`${mode} `), name, Buffer.of(0), oid]),
  );
}

t.test('entries in any order, as faulty clients left them', async (t) => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.nat(), (entries, i, j) => {
      if (entries.length < 2) return;
      const shuffled: TreeEntry[] = entries.toSorted(compareTreeEntries);
      const [a, b] = [i % shuffled.length, j % shuffled.length];
      [shuffled[a], shuffled[b]] = [shuffled[b] as TreeEntry, shuffled[a] as TreeEntry];
      const bytes = rawTree(shuffled.map((e) => ({ ...e, mode: e.mode.toString(8) })));
      t.strictSame(decodeTree(bytes), shuffled);
    }),
  );
});

t.test('modes that git does not write are of the kind that git reads', async (t) => {
  const folder = t.testdir();
  git(folder, 'init', '-q');
  const ids = {
    blob: git(folder, 'hash-object', '-w', '--stdin').toString().trim(),
    tree: git(folder, 'hash-object', '-w', '-t', 'tree', '--stdin').toString().trim(),
  };
  const kinds = fc.constantFrom(0o04, 0o10, 0o12);
  const modes = fc.uniqueArray(
    fc.tuple(kinds, fc.nat(0o7777)).map(([kind, rest]) => kind * 0o10000 + rest),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(modes, fc.boolean(), (modes, padded) => {
      const entries = modes.map((mode, i) => {
        const oid = parseOid(mode >> 12 === 0o04 ? ids.tree : ids.blob) as Uint8Array;
        const digits = mode.toString(8).padStart(padded ? 7 : 0, '0');
        return { mode: digits, name: Buffer.from(`f${100 + i}`), oid };
      });
      writeFileSync(join(folder, 'tree'), rawTree(entries));
      const write = ['hash-object', '-w', '-t', 'tree', '--literally', 'tree'];
      const id = git(folder, ...write)
        .toString()
        .trim();
      const listed = git(folder, 'ls-tree', id).toString().trim().split('\n');
      t.strictSame(
        decodeTree(rawTree(entries)).map(({ mode }) => mode.toString(8).padStart(6, '0')),
        listed.map((line) => line.split(' ')[0]),
      );
    }),
    { numRuns: 20 },
  );
});
