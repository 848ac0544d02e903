import fc from 'fast-check';
import t from 'tap';
import { compareOidAt, oidToHex, parseOid } from '#format';

const oids = fc.uint8Array({ minLength: 20, maxLength: 20 });

t.test('ids and their digits', async (t) => {
  fc.assert(
    fc.property(oids, (oid) => {
      t.equal(oidToHex(oid), Buffer.from(oid).toString('hex'));
      t.strictSame(parseOid(oidToHex(oid).toUpperCase()), oid);
    }),
  );
  for (const hex of ['', 'a'.repeat(39), 'a'.repeat(41), 'g'.repeat(40), `${'a'.repeat(40)}\n`]) {
    t.equal(parseOid(hex), undefined, JSON.stringify(hex));
  }
});

t.test('ids are ordered by their bytes', async () => {
  fc.assert(
    fc.property(oids, oids, (a, b) => {
      const both = Buffer.concat([a, b]);
      const expected = Buffer.compare(a, b);
      return Math.sign(compareOidAt(a, both, 20)) === expected && compareOidAt(a, both, 0) === 0;
    }),
  );
});
