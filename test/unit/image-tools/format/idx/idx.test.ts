import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import {
  encodeIdx,
  Idx,
  IdxEntries,
  idxLayout,
  idxSize,
  memorySource,
  oidToHex,
  parseOid,
} from '#format';
import { git, makeRepository, packRepository, versionedFiles } from '../../../../fixtures/git.ts';

const newHash = () => createHash('sha1');
const checksum = new Uint8Array(20).fill(7);

function encode(entries: IdxEntries, packChecksum: Uint8Array = checksum): Buffer {
  return Buffer.concat([...encodeIdx(entries, packChecksum, newHash)]);
}

t.test('every entry is found again, nothing else is', async (t) => {
  const rows = fc.uniqueArray(
    fc.record({
      // Few first bytes, so that some fan-out rows are crowded and most are empty.
      oid: fc
        .tuple(
          fc.constantFrom(0, 1, 0x7f, 0xff),
          // And ids that begin alike.
          fc.oneof(fc.constant([1, 2, 3]), fc.uint8Array({ minLength: 3, maxLength: 3 })),
          fc.uint8Array({ minLength: 16, maxLength: 16 }),
        )
        .map(([first, start, rest]) => Uint8Array.of(first, ...start, ...rest)),
      crc: fc.nat(0xffffffff),
      packOffset: fc.oneof(
        fc.integer({ min: 12, max: 2 ** 31 - 1 }),
        fc.integer({ min: 2 ** 31, max: Number.MAX_SAFE_INTEGER - 100 }),
      ),
    }),
    { maxLength: 40, selector: ({ oid }) => oidToHex(oid) },
  );
  fc.assert(
    fc.property(rows, fc.uint8Array({ minLength: 20, maxLength: 20 }), (rows, stranger) => {
      const entries = new IdxEntries(1);
      for (const { oid, crc, packOffset } of rows) entries.add(oid, crc, packOffset);
      const bytes = encode(entries);
      const large = rows.filter(({ packOffset }) => packOffset >= 2 ** 31).length;
      t.equal(bytes.length, idxSize(rows.length, large));
      const idx = new Idx(memorySource(Buffer.concat([bytes, Buffer.alloc(99)])), 2 ** 53 - 1);
      t.equal(idx.count, rows.length);
      const loaded = idx.load(idxSize(rows.length, rows.length));
      t.equal(idx.load(idxSize(0, 0) - 1), idx, 'too large to be loaded');
      for (const { oid, packOffset } of rows) t.equal(loaded.lookUp(oid), packOffset);
      const start = (oid: Uint8Array) => Buffer.from(oid).readUInt32BE();
      for (const { oid } of [...rows, { oid: stranger }]) {
        const alike = rows.filter((row) => start(row.oid) === start(oid));
        const only = alike.length === 1 ? idx.find(alike[0]?.oid as Uint8Array) : undefined;
        t.equal(idx.findStart(start(oid)), only);
      }
      for (const { oid, crc, packOffset } of rows) {
        t.equal(idx.lookUp(oid), packOffset);
        const entry = idx.find(oid) as number;
        t.equal(idx.crcOf(entry), crc);
        t.strictSame(idx.oidOf(entry), oid);
      }
      if (!rows.some(({ oid }) => oidToHex(oid) === oidToHex(stranger))) {
        t.equal(idx.lookUp(stranger), undefined);
      }
    }),
    { numRuns: 50 },
  );
});

t.test('ids that resemble each other are sorted and found', async (t) => {
  const entries = new IdxEntries();
  const oids = Array.from({ length: 500 }, (_, i) => {
    const oid = new Uint8Array(20).fill(0xab);
    oid[19] = i * 7;
    oid[18] = i >> 8;
    return oid;
  });
  for (const [i, oid] of oids.entries()) entries.add(oid, i, 12 + i);
  const rows = [...entries.sortedRows()];
  for (let i = 1; i < rows.length; i++) {
    const [before, after] = [oids[rows[i - 1] as number], oids[rows[i] as number]];
    t.ok(Buffer.compare(before as Uint8Array, after as Uint8Array) <= 0);
  }
  const idx = new Idx(memorySource(encode(entries)), 10_000);
  for (const oid of oids) t.not(idx.find(oid), undefined);
});

t.test('a million entries are sorted in flat arrays', async (t) => {
  const entries = new IdxEntries(1e6);
  let seed = 1;
  for (let i = 0; i < 1e6; i++) {
    const oid = new Uint8Array(20);
    seed = Math.imul(seed, 1664525) + 1013904223;
    for (let at = 0; at < 4; at++) oid[at] = seed >>> (24 - 8 * at);
    entries.add(oid, 0, i);
  }
  const rows = entries.sortedRows();
  for (let i = 1; i < rows.length; i++) {
    const [before, after] = [rows[i - 1] as number, rows[i] as number];
    if (Buffer.compare(entries.oidOf(before), entries.oidOf(after)) > 0) t.fail(`row ${i}`);
  }
  t.equal(new Set(rows).size, 1e6);
});

t.test('the IDX that git wrote: read, and written again byte for byte', async (t) => {
  const folder = t.testdir();
  makeRepository(folder, versionedFiles(40));
  const { pack, idx: idxFile } = packRepository(folder);
  const expected = readFileSync(idxFile);
  const packBytes = readFileSync(pack);
  const idx = new Idx(memorySource(expected), packBytes.length);
  const entries = new IdxEntries();
  for (const line of git(folder, 'verify-pack', '-v', idxFile).toString().split('\n')) {
    const match = /^([0-9a-f]{40}) \w+ +\d+ \d+ (\d+)/.exec(line);
    if (match === null) continue;
    const oid = parseOid(match[1] as string) as Uint8Array;
    t.equal(idx.lookUp(oid), Number(match[2]));
    entries.add(oid, idx.crcOf(idx.find(oid) as number), Number(match[2]));
  }
  t.equal(entries.count, idx.count);
  t.ok(encode(entries, packBytes.subarray(-20)).equals(expected));
});

t.test('malformed IDX', async (t) => {
  const entries = new IdxEntries();
  for (let i = 0; i < 10; i++) entries.add(new Uint8Array(20).fill(i * 20), i, 2 ** 32 + i);
  const good = encode(entries);
  const layout = idxLayout(10);
  const open = (change: (bytes: Buffer) => Buffer | undefined) => {
    const bytes = Buffer.from(good);
    return new Idx(memorySource(change(bytes) ?? bytes), 2 ** 40);
  };
  const put = (at: number, value: number) => (bytes: Buffer) => {
    bytes.writeUInt32BE(value, at);
    return undefined;
  };
  t.throws(() => open(put(0, 1)), { code: 'BAD_IDX' }, 'magic');
  t.throws(() => open(put(4, 3)), { code: 'BAD_IDX' }, 'version');
  t.throws(() => open((bytes) => bytes.subarray(0, 1071)), { code: 'TRUNCATED' }, 'too small');
  t.throws(() => open((bytes) => bytes.subarray(0, 1300)), { code: 'BAD_IDX' }, 'cut');
  t.throws(() => open(put(8 + 255 * 4, 0xffffffff)), { code: 'BAD_IDX' }, 'count lies');
  const oid = new Uint8Array(20).fill(20);
  t.throws(() => open(put(8 + 19 * 4, 9)).lookUp(oid), { code: 'BAD_IDX' }, 'fan-out falls');
  t.throws(() => open(put(8 + 20 * 4, 900)).lookUp(oid), { code: 'BAD_IDX' }, 'fan-out too high');
  const offsetAt = layout.offsetsAt + 4;
  t.throws(() => open(put(offsetAt, 0x8000000a)).lookUp(oid), { code: 'BAD_IDX' }, 'large row');
  t.throws(() => open(put(offsetAt, 0xffffffff)).lookUp(oid), { code: 'BAD_IDX' }, 'large row');
  t.throws(() => open(put(offsetAt, 11)).lookUp(oid), { code: 'BAD_IDX' }, 'PACK header');
  const largeAt = layout.largeOffsetsAt + 8;
  t.throws(() => open(put(largeAt, 2 ** 8)).lookUp(oid), { code: 'BAD_IDX' }, 'past the PACK');
  t.throws(() => open(put(largeAt, 2 ** 31)).lookUp(oid), { code: 'LIMIT' }, 'above 2^53');
});
