import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import t from 'tap';
import { encodeIdx, hashObject, OBJECT_BLOB, oidToHex } from '#format';
import { FileSink } from '../../../../image-tools/pack/file-sink.ts';
import { PackWriter } from '../../../../image-tools/pack/writer.ts';
import { git } from '../../../fixtures/git.ts';

const newHash = () => createHash('sha1');

t.test('git accepts the PACK and writes the same IDX', async (t) => {
  const folder = t.testdir();
  const fd = openSync(join(folder, 'out.pack'), 'w');
  const sink = new FileSink(fd);
  const base = Buffer.alloc(600_000, 'base ');
  const target = Buffer.from('x');
  const writer = new PackWriter(sink, 2);
  const stored = deflateSync(base, { level: 0 });
  const basePackOffset = writer.append({
    oid: hashObject(newHash, OBJECT_BLOB, base),
    type: OBJECT_BLOB,
    size: base.length,
    compressed: [stored.subarray(0, 7), stored.subarray(7)],
  });
  t.equal(basePackOffset, 12);
  // 600,000 bytes to one: an insert of x.
  const delta = Buffer.from([0xc0, 0xcf, 0x24, 1, 1, 0x78]);
  const packOffset = writer.append({
    oid: hashObject(newHash, OBJECT_BLOB, target),
    type: OBJECT_BLOB,
    size: delta.length,
    base: basePackOffset,
    compressed: [deflateSync(delta)],
  });
  t.equal(packOffset, 12 + 4 + stored.length);
  const checksum = writer.finish();
  sink.flush();
  t.equal(sink.position, writer.packOffset);
  closeSync(fd);
  writeFileSync(
    join(folder, 'ours.idx'),
    Buffer.concat([...encodeIdx(writer.entries, checksum, newHash)]),
  );
  git(folder, 'index-pack', '--strict', 'out.pack');
  t.ok(readFileSync(join(folder, 'out.idx')).equals(readFileSync(join(folder, 'ours.idx'))));
  const shown = git(folder, 'verify-pack', '-v', 'out.pack').toString();
  t.match(shown, `${oidToHex(hashObject(newHash, OBJECT_BLOB, target))} blob`);
});

t.test('a PACK that is not whole does not get a trailer', async (t) => {
  const writer = new PackWriter({ write: () => undefined }, 1);
  t.throws(() => writer.finish(), /0 entries appended of 1/);
});
