// The map that the viewer makes of an image elsewhere says what `docteur info` says of the same file, and takes no more
// than it may, whatever the image is.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openImageBlob } from '../../../../../guest/host/browser/index.ts';
import { mapReport } from '../../../../../image-tools/docteur/browse/map-report.ts';
import { mapOfPaths } from '../../../../../image-tools/docteur/browse/page/map-of-paths.ts';
import type { PageImage } from '../../../../../image-tools/docteur/browse/page/page-image.ts';
import { walkImage } from '../../../../../image-tools/docteur/browse/page/walk-image.ts';
import { makeImage } from '../../../../../image-tools/index.ts';
import { manyPaths } from '../../../../fixtures/bombs.ts';

/** An image as the page has it, in memory. */
function pageImage(bytes: Uint8Array, fetched = () => 0): PageImage {
  return {
    name: 'disk.img',
    map: undefined,
    fetched,
    part: async (from, to) => bytes.subarray(from, to),
    open: () => openImageBlob(new Blob([bytes as Uint8Array<ArrayBuffer>])),
  };
}

t.test('the same as of a file', async (t) => {
  const folder = t.testdir({});
  const source = join(folder, 'source');
  mkdirSync(join(source, 'a/b/c'), { recursive: true });
  for (let i = 0; i < 500; i++) {
    writeFileSync(join(source, `a/b/${i % 3 ? 'c/' : ''}${i}.txt`), `${i % 400}\n`.repeat(i));
  }
  writeFileSync(join(source, 'top.md'), 'top\n');
  writeFileSync(join(source, 'ü\u{feff}.JSON'), '{}\n');
  symlinkSync('top.md', join(source, 'link'));
  const path = join(folder, 'disk.img');
  await makeImage({ source, image: path });
  const wanted = await mapReport(path);
  const told: number[] = [];
  const found = await mapOfPaths(pageImage(readFileSync(path)), (paths) => told.push(paths) > 0);
  t.equal(found?.imageSize, wanted.imageSize);
  t.equal(found?.commit.id, wanted.commit.id);
  t.same(found?.files, wanted.files);
});

t.test('what nobody looks at any more, and what would fetch too much', async (t) => {
  const bytes = manyPaths(4);
  t.equal(await mapOfPaths(pageImage(bytes), () => false), undefined);
  let fetched = 0;
  const greedy = pageImage(bytes, () => {
    fetched += 2 ** 20;
    return fetched;
  });
  await t.rejects(
    mapOfPaths(greedy, () => true),
    { message: /more than 32\.0 MiB of this image/ },
  );
});

t.test('folders within each other without end', async (t) => {
  const walk = async () => {
    let paths = 0;
    for await (const _ of walkImage(pageImage(manyPaths(9)), 5000)) paths += 1;
    return paths;
  };
  await t.rejects(walk(), { code: 'LIMIT', message: /more than 5000 paths/ });
});
