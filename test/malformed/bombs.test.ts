// Images of some kilobytes that ask for the whole of a machine: each consumer refuses them, or reads them
// in bounded memory, time and room on disk.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DEFAULT_LIMITS, type Limits } from '#format';
import { indexImage, verifyImage } from '../../image-tools/index.ts';
import { largeDeltas, longFolders, longNames, manyPaths } from '../fixtures/bombs.ts';
import { runBounded } from '../fixtures/bounded.ts';

const VERIFY = 'image-tools/docteur/bin/docteur.verify.ts';
const INDEX = 'image-tools/docteur/bin/docteur.index.ts';
const SECONDS = 60;
const MIB = 2 ** 20;

const scratch = t.testdir({});
const file = join(scratch, 'bomb.img');

t.test('paths without number, and paths of many bytes: no index', async (t) => {
  const cases: [string, Buffer, RegExp][] = [
    ['10^10 paths in 12 objects', manyPaths(10), /more than \d+ paths, out of a few folders/],
    [
      '60 times the same long names',
      longNames(60, 1990, 16_000),
      /a path index of more than 67108864 bytes/,
    ],
    [
      'short names below long ones',
      longFolders(9, 8000, 16_000),
      /paths of more than 1073741824 bytes/,
    ],
  ];
  for (const [name, image, message] of cases) {
    t.ok(image.length < 400_000, `${name}: ${image.length} bytes`);
    writeFileSync(file, image);
    const { end, stderr, peak } = await runBounded(INDEX, [file], { seconds: SECONDS });
    t.equal(end, '65', name);
    t.match(stderr, message);
    t.ok(peak < 400, `${name}: ${peak} MiB`);
    t.ok(readFileSync(file).equals(image), `${name}: the image is as it was`);
    const verified = await runBounded(VERIFY, [file], { seconds: SECONDS });
    t.match(verified, { end: '0' }, name);
    t.ok(verified.peak < 400, `${name}: ${verified.peak} MiB to verify`);
  }
});

t.test('a path index may have its bytes, and not one more', async (t) => {
  const [folders, files, length] = [20, 100, 1000];
  const image = longNames(folders, files, length);
  const attempt = (limits: Partial<Limits>) => {
    writeFileSync(file, image);
    return indexImage(file, { limits });
  };
  const { indexSize } = await attempt({});
  t.ok(indexSize > 16 * image.length, 'more than its PACK allows by itself');
  await t.resolves(attempt({ maxIndexSize: indexSize }));
  await t.rejects(attempt({ maxIndexSize: indexSize - 1 }), { code: 'LIMIT' });
  const keys = folders * (1 + 6) + folders * files * ('000000'.length + 2 + length);
  await t.resolves(attempt({ maxPathsSize: keys }));
  await t.rejects(attempt({ maxPathsSize: keys - 1 }), { code: 'LIMIT' });
  // Whoever compares an index makes it once more.
  await t.resolves(attempt({}));
  await t.resolves(verifyImage(file, { limits: { maxIndexSize: indexSize } }));
  await t.rejects(verifyImage(file, { limits: { maxIndexSize: indexSize - 1 } }), {
    code: 'LIMIT',
  });
});

t.test('all threads of a check hold no more than one budget', async (t) => {
  const most = DEFAULT_LIMITS.maxHeldSize / MIB;
  writeFileSync(file, largeDeltas(2, 2, 700 * MIB, { padding: 5 * MIB }));
  const refused = await runBounded(VERIFY, [file], { seconds: SECONDS });
  t.match(refused, {
    end: '65',
    stderr: /\d+ bytes in memory, at most 1342177280 allowed, object/,
  });
  t.ok(refused.peak < most, `${refused.peak} MiB`);
  // Each thread alone would hold as much.
  writeFileSync(file, largeDeltas(2, 2, 500 * MIB, { padding: 5 * MIB }));
  const sound = await runBounded(VERIFY, [file], { seconds: SECONDS });
  t.match(sound, { end: '0' });
  t.ok(sound.peak < most, `${sound.peak} MiB`);
});
