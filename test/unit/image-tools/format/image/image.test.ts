import { createHash } from 'node:crypto';
import t from 'tap';
import {
  DEFAULT_LIMITS,
  encodeIdx,
  encodePackHeader,
  IdxEntries,
  memorySource,
  openImage,
} from '#format';
import { assembleImage } from '../../../../fixtures/git-image.ts';

const newHash = () => createHash('sha1');
const commit = new Uint8Array(20).fill(9);

/** An image with an empty PACK: right in its geometry, which is all that opening checks. */
function emptyImage(): Buffer {
  const header = encodePackHeader(0);
  const checksum = newHash().update(header).digest();
  const idx = Buffer.concat([...encodeIdx(new IdxEntries(), checksum, newHash)]);
  return Buffer.from(assembleImage(commit, Buffer.concat([header, checksum]), idx));
}

const open = (bytes: Uint8Array, limits = DEFAULT_LIMITS) => openImage(memorySource(bytes), limits);

t.test('geometry', async (t) => {
  const bytes = emptyImage();
  t.equal(bytes.length % 512, 0);
  const image = open(bytes);
  t.strictSame(image.commit, commit);
  t.equal(image.idxOffset, 512);
  t.equal(image.objectCount, 0);
  t.equal(image.pack.size, 512 - 28);
  t.equal(image.idxSource.size, bytes.length - 512);
});

t.test('a cut image', async (t) => {
  const bytes = emptyImage();
  for (let length = 0; length < 512 + 1072; length++) {
    t.throws(() => open(bytes.subarray(0, length)), { code: 'TRUNCATED' }, `${length} bytes`);
  }
});

t.test('heads that lie', async (t) => {
  const changed = (change: (bytes: Buffer) => void) => {
    const bytes = emptyImage();
    change(bytes);
    return () => open(bytes);
  };
  t.throws(
    changed((b) => b.write('PUCK', 28)),
    { code: 'BAD_PACK' },
  );
  t.throws(
    changed((b) => b.writeUInt8(3, 35)),
    { code: 'BAD_PACK' },
  );
  t.throws(
    changed((b) => b.writeBigUInt64LE(59n, 20)),
    { code: 'BAD_SUPERBLOCK' },
  );
  t.throws(
    changed((b) => b.writeBigUInt64LE(BigInt(b.length), 20)),
    { code: 'TRUNCATED' },
  );
  t.throws(
    changed((b) => b.writeBigUInt64LE(2n ** 60n, 20)),
    { code: 'LIMIT' },
  );
  t.throws(
    changed((b) => b.writeBigUInt64LE(100n, 20)),
    { code: 'BAD_IDX' },
  );
  t.throws(
    changed((b) => b.writeUInt32BE(1, 36)),
    { code: 'BAD_IDX' },
  );
  t.throws(
    changed((b) => b.writeUInt32BE(0xffffffff, 36)),
    { code: 'LIMIT' },
  );
});
