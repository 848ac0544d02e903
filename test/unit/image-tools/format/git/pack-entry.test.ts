import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import {
  type ByteSource,
  encodeEntryHeader,
  memorySource,
  oidToHex,
  parseOid,
  readEntryHeader,
} from '#format';
import { git, makeRepository, packRepository, versionedFiles } from '../../../../fixtures/git.ts';

/** A PACK of which only the bytes at `packOffset` exist. */
function sparseSource(packOffset: number, bytes: Uint8Array): ByteSource {
  return {
    size: packOffset + bytes.length,
    window: (offset) => bytes.subarray(Math.max(0, offset - packOffset)),
  };
}

t.test('headers of whole objects come back, at any size', async (t) => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 3, 4), fc.maxSafeNat(), (type, size) => {
      const bytes = encodeEntryHeader(type as 1, size);
      const header = readEntryHeader(memorySource(bytes), 0);
      return header.type === type && header.size === size && header.dataOffset === bytes.length;
    }),
  );
  t.strictSame([...encodeEntryHeader(3, 15)], [0x3f]);
  t.strictSame([...encodeEntryHeader(3, 16)], [0xb0, 0x01]);
});

t.test('headers of deltas come back', async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 13, max: Number.MAX_SAFE_INTEGER - 64 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (packOffset, part) => {
        const distance = 1 + Math.floor(part * (packOffset - 13));
        const bytes = encodeEntryHeader(6, 1000, distance);
        const header = readEntryHeader(sparseSource(packOffset, bytes), packOffset);
        t.equal(header.basePackOffset, packOffset - distance);
        t.equal(header.dataOffset, packOffset + bytes.length);
      },
    ),
  );
  const oid = parseOid('0123456789abcdef0123456789abcdef01234567') as Uint8Array;
  const bytes = encodeEntryHeader(7, 5, oid);
  const header = readEntryHeader(memorySource(bytes), 0);
  t.equal(header.type, 7);
  t.equal(oidToHex(header.baseOid as Uint8Array), '0123456789abcdef0123456789abcdef01234567');
});

t.test('malformed headers', async (t) => {
  const read = (packOffset: number, ...bytes: number[]) =>
    readEntryHeader(sparseSource(packOffset, Uint8Array.from(bytes)), packOffset);
  t.throws(() => read(12), { code: 'TRUNCATED' });
  t.throws(() => read(12, 0xb0), { code: 'TRUNCATED' }, 'size cut');
  t.throws(() => read(12, 0x00), { code: 'BAD_PACK' }, 'type 0');
  t.throws(() => read(12, 0x50), { code: 'BAD_PACK' }, 'type 5');
  t.throws(() => read(12, 0xbf, ...Array(8).fill(0xff), 1), { code: 'BAD_PACK' }, 'size 2^60');
  t.throws(() => read(12, 0xb0, ...Array(40).fill(0x80)), { code: 'BAD_PACK' }, 'endless zeros');
  t.throws(() => read(100, 0x65, 0), { code: 'BAD_DELTA' }, 'its own base');
  t.throws(() => read(100, 0x65, 89), { code: 'BAD_DELTA' }, 'base inside the PACK header');
  t.equal(read(100, 0x65, 88).basePackOffset, 12);
  t.throws(() => read(100, 0x65, ...Array(9).fill(0xff), 1), { code: 'BAD_DELTA' }, 'far away');
  t.throws(() => read(100, 0x65, 0x80), { code: 'TRUNCATED' }, 'distance cut');
  t.throws(() => read(100, 0x75, ...Array(19).fill(1)), { code: 'TRUNCATED' }, 'base id cut');
});

t.test('the entries of a PACK that git wrote', async (t) => {
  const folder = t.testdir();
  makeRepository(folder, versionedFiles(6));
  const { pack, idx } = packRepository(folder);
  const source = memorySource(readFileSync(pack));
  const lines = git(folder, 'verify-pack', '-v', idx).toString().split('\n');
  const types: Record<string, number> = { commit: 1, tree: 2, blob: 3, tag: 4 };
  const offsets = new Map<string, number>();
  let deltas = 0;
  for (const line of lines) {
    const match = /^([0-9a-f]{40}) (\w+) +(\d+) \d+ (\d+)(?: \d+ ([0-9a-f]{40}))?$/.exec(line);
    if (match === null) continue;
    const [, oid = '', type = '', size, offset, base] = match;
    offsets.set(oid, Number(offset));
    const header = readEntryHeader(source, Number(offset));
    t.equal(header.size, Number(size));
    t.equal(header.type, base === undefined ? types[type] : 6);
    if (base !== undefined) {
      t.equal(header.basePackOffset, offsets.get(base));
      deltas += 1;
    }
  }
  t.ok(deltas > 0, 'deltas were among them');
});
