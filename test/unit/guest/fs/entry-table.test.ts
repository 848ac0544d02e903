import t from 'tap';
import { EntryTable } from '../../../../guest/fs/entry-table.ts';
import { KINDS } from '../../../../guest/fs/kind.ts';

t.test('rows are what was added, through growth and compaction', async (t) => {
  const table = new EntryTable();
  const rows = Array.from({ length: 20_000 }, (_, row) => ({
    kind: KINDS[row % KINDS.length] ?? 'file',
    rank: (row * 214_013) % 2 ** 32,
    value: [row, 2 ** 31 + row, 2 ** 32 + row, Number.MAX_SAFE_INTEGER - row][row % 4] ?? 0,
  }));
  for (const { kind, rank, value } of rows) table.add(kind, rank, value);
  table.compact();
  t.equal(table.byteLength, 12 * rows.length);
  const read = rows.map((_, row) => ({
    kind: table.kindOf(row),
    rank: table.rankOf(row),
    value: table.valueOf(row),
  }));
  t.same(read, rows);
});
