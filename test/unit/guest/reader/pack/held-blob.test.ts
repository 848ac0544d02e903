import { createHash, randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import t from 'tap';
import { FormatError, hashObject, OBJECT_BLOB, SeekableStream } from '#format';
import { HeldBlob } from '../../../../../guest/reader/pack/held-blob.ts';
import { PIECE } from '../../../../../guest/reader/pack/pieces.ts';

const newHash = () => createHash('sha1');
const content = randomBytes(PIECE * 3 + 1000);
const oid = hashObject(newHash, OBJECT_BLOB, content);

/** A blob over bytes that may be changed, at level 0 without a trace but in the checksum. */
function open(): { blob: HeldBlob; bytes: Buffer } {
  const bytes = deflateSync(content, { level: 0 });
  const source = { size: bytes.length, window: (offset: number) => bytes.subarray(offset) };
  const place = { dataOffset: 0, size: content.length, oid };
  const openStream = () => new SeekableStream({ source, offset: 0, size: content.length });
  return { blob: new HeldBlob(openStream, place, newHash), bytes };
}

t.test('gives each piece away once, and reads all again for the next', async (t) => {
  const { blob } = open();
  blob.verify();
  t.ok(blob.isWhole);
  t.ok(content.subarray(PIECE, 2 * PIECE).equals(blob.read(PIECE, PIECE)));
  t.notOk(blob.isWhole);
  t.ok(content.subarray(PIECE, 2 * PIECE).equals(blob.read(PIECE, PIECE)));
  t.ok(content.subarray(5, 2 * PIECE).equals(blob.read(5, 2 * PIECE - 5)));
  t.equal(blob.read(content.length, 10).length, 0);
});

t.test('bytes that are wrong once are an error once', async (t) => {
  const { blob, bytes } = open();
  const at = bytes.indexOf(content.subarray(PIECE * 2, PIECE * 2 + 64));
  blob.verify();
  blob.read(0, PIECE);
  bytes[at] = (bytes[at] as number) ^ 1;
  for (let i = 0; i < 2; i++) {
    t.throws(() => blob.read(0, PIECE), FormatError);
    t.notOk(blob.isWhole, 'nothing of it is held');
  }
  bytes[at] = (bytes[at] as number) ^ 1;
  t.ok(content.subarray(0, PIECE).equals(blob.read(0, PIECE)));
});
