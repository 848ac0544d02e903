// git itself judges every PACK that we write.
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DEFAULT_LIMITS, memorySource, openImage } from '#format';
import { makeImage, verifyImage } from '../../image-tools/index.ts';
import { git } from '../fixtures/git.ts';

t.test('index-pack --strict, fsck and the files that git checks out', async (t) => {
  const scratch = t.testdir({ folder: { dir: { 'a.txt': 'a\n'.repeat(1000) }, empty: {} } });
  const folder = join(scratch, 'folder');
  writeFileSync(join(folder, 'run'), '#!/bin/sh\n');
  chmodSync(join(folder, 'run'), 0o755);
  symlinkSync('dir/a.txt', join(folder, 'link'));
  // Larger than a piece of deflate, and not compressible.
  const large = Buffer.alloc(9_000_001, 1);
  for (let at = 0; at < large.length; at += 97) large[at] = (at * at) >> 7;
  writeFileSync(join(folder, 'large'), large);
  const image = join(scratch, 'disk.img');
  const made = await makeImage({ source: folder, image });
  const { packSize, idxSize } = await verifyImage(image);
  t.equal(packSize, made.sizes.pack);
  t.equal(idxSize, made.sizes.idx);

  const bytes = readFileSync(image);
  t.equal(bytes.length, made.sizes.image);
  const { idxOffset } = openImage(memorySource(bytes), DEFAULT_LIMITS);
  const repository = join(scratch, 'repository');
  mkdirSync(repository);
  git(repository, 'init', '-q');
  const pack = join(repository, '.git/objects/pack/pack-1.pack');
  writeFileSync(pack, bytes.subarray(28, 28 + packSize));
  git(repository, 'index-pack', '--strict', pack);
  const idx = readFileSync(pack.replace(/pack$/, 'idx'));
  t.ok(idx.equals(bytes.subarray(idxOffset, idxOffset + idxSize)), 'the same IDX');
  git(repository, 'fsck', '--full', '--strict', made.commit);
  t.equal(git(repository, 'rev-parse', `${made.commit}^{tree}`).toString().trim(), made.root);
  git(repository, 'checkout', '-q', made.commit);
  t.ok(readFileSync(join(repository, 'large')).equals(large));
  t.equal(readFileSync(join(repository, 'link'), 'utf8'), 'a\n'.repeat(1000));
});
