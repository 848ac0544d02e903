import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { memorySource } from '#format';
import { mount } from '../../guest/reader/index.ts';
import { verifyImage } from '../../image-tools/index.ts';
import { differences, readContents } from '../fixtures/compare-contents.ts';
import { goldenImages } from '../fixtures/golden.ts';
import { FIVE_FILE_DATE, runTool, writeFiveFileFolder } from '../fixtures/tools.ts';

const images = goldenImages(t.testdir({ golden: {} }));

t.test(
  "the original's images: what stands before the index is untouched, and every file the same",
  { skip: images === undefined && 'no ../shared' },
  async (t) => {
    const image = join(t.testdir(), 'disk.img');
    for (const { name, path, expected } of images ?? []) {
      const before = readFileSync(path);
      writeFileSync(image, before);
      const added = await runTool('docteur.index', [image]);
      t.match(added, { status: 0, stderr: /^docteur\.index: .* paths added, / }, name);
      const after = readFileSync(image);
      t.ok(after.length > before.length && before.equals(after.subarray(0, before.length)), name);
      t.equal(after.length % (name.includes('4096') ? 4096 : 512), 0, name);
      const contents = readContents(mount(memorySource(after), { reader: 'indexed' }));
      t.same(differences(contents, expected), [], name);
      t.ok(((await verifyImage(image)).indexedPaths ?? 0) > 0);
      const renewed = await runTool('docteur.index', ['--json', image]);
      t.match(renewed.stderr, /renewed/);
      t.equal(JSON.parse(renewed.stdout.toString()).imageSize, after.length);
      t.ok(after.equals(readFileSync(image)), 'the same bytes again');
    }
  },
);

t.test('docteur.make writes what docteur.index adds; --no-index leaves it out', async (t) => {
  const scratch = t.testdir({ folder: {} });
  const folder = join(scratch, 'folder');
  writeFiveFileFolder(folder);
  const [plain, indexed] = [join(scratch, 'plain.img'), join(scratch, 'indexed.img')];
  for (const blockSize of ['512', '4096', '65536']) {
    const options = ['-q', '-d', FIVE_FILE_DATE, '--bs', blockSize, folder];
    await runTool('docteur.make', [...options, indexed]);
    await runTool('docteur.make', ['--no-index', ...options, plain]);
    t.equal((await verifyImage(plain)).indexedPaths, undefined);
    t.equal((await verifyImage(indexed)).indexedPaths, 7);
    t.match(await runTool('docteur.index', ['-q', plain]), { status: 0, stderr: '' });
    t.ok(readFileSync(indexed).equals(readFileSync(plain)), `blocks of ${blockSize}`);
    t.equal(readFileSync(indexed).length % Number(blockSize), 0);
  }
  const damaged = readFileSync(indexed);
  damaged[damaged.length - 100] = 1;
  writeFileSync(plain, damaged);
  t.equal((await runTool('docteur.verify', [plain])).status, 65);
  t.equal((await runTool('docteur.index', ['-q', plain])).status, 0);
  t.ok(readFileSync(indexed).equals(readFileSync(plain)), 'a damaged index is renewed');
});

t.test('what goes wrong is one line and an exit code, and the image stays', async (t) => {
  const scratch = t.testdir({ 'no.img': 'no image at all', folder: {} });
  writeFileSync(join(scratch, 'wrapped.img'), 'QFI\u00fb'.padEnd(512, '\0'), 'latin1');
  const cases: [string[], number][] = [
    [[join(scratch, 'absent.img')], 66],
    [[scratch], 66],
    [[join(scratch, 'no.img')], 65],
    [[join(scratch, 'wrapped.img')], 65],
    [[], 64],
  ];
  for (const [args, status] of cases) {
    const outcome = await runTool('docteur.index', args);
    t.equal(outcome.status, status, args.join(' '));
    t.match(outcome.stderr, /^docteur\.index: [^\n]+\n$/);
    t.equal(outcome.stdout.length, 0);
  }
  const wrapped = await runTool('docteur.index', [join(scratch, 'wrapped.img')]);
  t.match(wrapped.stderr, /wrapped\.img: a qcow2 disk: an index is added to a raw image\n$/);
  copyFileSync(join(scratch, 'no.img'), join(scratch, 'folder/copy.img'));
  t.equal((await runTool('docteur.index', [join(scratch, 'folder/copy.img')])).status, 65);
  t.same(readdirSync(join(scratch, 'folder')), ['copy.img'], 'no litter');
});
