import { createHash } from 'node:crypto';
import t from 'tap';
import { OidTable } from '../../../../image-tools/source/oid-table.ts';

t.test('ids are found by their rows, also when their heads are alike', async (t) => {
  const table = new OidTable();
  const oids: Buffer[] = [];
  for (let i = 0; i < 10_000; i++) {
    const oid = createHash('sha1').update(`${i}`).digest();
    if (i % 3 === 0) oid.fill(0xcd, 0, 8);
    oids.push(oid);
    t.equal(table.find(oid), undefined);
    t.equal(table.add(oid), i);
  }
  for (const [row, oid] of oids.entries()) {
    if (table.find(oid) !== row || !oid.equals(table.oidOf(row))) t.fail(`row ${row}`);
  }
  t.equal(table.count, 10_000);
  t.equal(table.oids.length, 200_000);
  const again = new OidTable(table.oids, table.count);
  t.equal(again.find(oids[9999] as Buffer), 9999);
});
