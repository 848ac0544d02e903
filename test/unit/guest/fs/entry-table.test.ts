import { createHash } from 'node:crypto';
import t from 'tap';
import { oidToHex } from '#format';
import { EntryTable } from '../../../../guest/fs/entry-table.ts';

t.test('rows are what was added, through growth and compaction', async (t) => {
  const table = new EntryTable();
  const kinds = ['file', 'executable', 'directory', 'link', 'submodule'] as const;
  const rows = Array.from({ length: 5000 }, (_, row) => ({
    kind: kinds[row % kinds.length] ?? 'file',
    tree: 2 ** 32 - 1 - row,
    oid: createHash('sha1').update(`${row}`).digest(),
  }));
  for (const { kind, tree, oid } of rows) {
    if (kind === 'directory') table.addDirectory(tree);
    else table.add(kind, Buffer.concat([Buffer.from('abc'), oid]), 3);
  }
  table.compact();
  t.equal(table.count, rows.length);
  t.equal(table.byteLength, 21 * rows.length);
  for (const [row, { kind, tree, oid }] of rows.entries()) {
    if (table.kindOf(row) !== kind) t.equal(table.kindOf(row), kind);
    else if (kind === 'directory') t.equal(table.treeOf(row), tree);
    else if (oidToHex(table.oidOf(row)) !== oid.toString('hex')) t.fail(`id of row ${row}`);
  }
});
