import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import t from 'tap';
import { encodeIdx, hashObject, OBJECT_BLOB, oidToHex } from '#format';
import { FileSink } from '../../../../image-tools/files/file-sink.ts';
import { EntryRun } from '../../../../image-tools/pack/entry-run.ts';
import { PackWriter } from '../../../../image-tools/pack/writer.ts';
import { git } from '../../../fixtures/git.ts';

const newHash = () => createHash('sha1');

t.test('git accepts the PACK and writes the same IDX', async (t) => {
  const folder = t.testdir();
  const fd = openSync(join(folder, 'out.pack'), 'w');
  const sink = new FileSink(fd);
  const base = Buffer.alloc(600_000, 'base ');
  const writer = new PackWriter(sink, 4);
  const stored = deflateSync(base, { level: 0 });
  async function* pieces() {
    yield stored.subarray(0, 7);
    yield stored.subarray(7);
  }
  const [large, ...small] = ['y'.repeat(300), 'z', 'zz'].map((text) => Buffer.from(text));
  const packOffset = await writer.appendStream({
    oid: hashObject(newHash, OBJECT_BLOB, base),
    type: OBJECT_BLOB,
    size: base.length,
    compressed: pieces(),
  });
  t.equal(packOffset, 12);
  const run = new EntryRun();
  const whole = deflateSync(large as Buffer);
  t.equal(run.add({ type: OBJECT_BLOB, size: 300, data: whole }), 0);
  for (const content of small) {
    // 300 bytes to a few: an insert of them.
    const delta = Buffer.from([0xac, 0x02, content.length, content.length, ...content]);
    run.add({ type: OBJECT_BLOB, size: delta.length, base: 0, data: deflateSync(delta) });
  }
  const contents = [large, ...small] as Buffer[];
  const entries = run.finish();
  const oidOf = (place: number) => {
    return hashObject(newHash, OBJECT_BLOB, contents[entries.order[place] as number] as Buffer);
  };
  writer.appendRun(entries, oidOf, new Float64Array(0));
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
  const id = oidToHex(hashObject(newHash, OBJECT_BLOB, Buffer.from('zz')));
  t.match(shown, new RegExp(`${id} blob +6 \\d+ \\d+ 1 `));
});

t.test('a PACK that is not whole does not get a trailer', async (t) => {
  const writer = new PackWriter({ write: () => undefined }, 1);
  t.throws(() => writer.finish(), /0 entries appended of 1/);
});
