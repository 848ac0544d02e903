// docteur.verify against images that are cut, flipped or rebuilt to lie.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodePathIndexFooter, FormatError } from '#format';
import { makeImage, parseRfc3339, verifyImage } from '../../image-tools/index.ts';
import { acceptedFlips, type Flip } from '../fixtures/flipped-bits.ts';
import { makeRepository, versionedFiles } from '../fixtures/git.ts';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { sharedPath } from '../fixtures/shared.ts';
import { FIVE_FILE_DATE, runTool, writeFiveFileFolder } from '../fixtures/tools.ts';
import { Random } from '../fuzz/random.ts';

const scratch = t.testdir({ folder: {} });
const target = join(scratch, 'bad.img');

/** The FormatError code that verifying `bytes` gives, undefined if they are accepted. */
async function verdict(bytes: Uint8Array): Promise<string | undefined> {
  writeFileSync(target, bytes);
  try {
    await verifyImage(target);
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

async function fiveFileImage(): Promise<Buffer> {
  const folder = join(scratch, 'folder');
  writeFiveFileFolder(folder);
  const image = join(scratch, 'good.img');
  await makeImage({ source: folder, image, date: parseRfc3339(FIVE_FILE_DATE) });
  return readFileSync(image);
}

t.test('an image cut at any length', async (t) => {
  const bytes = await fiveFileImage();
  const withoutIndex = bytes.length - decodePathIndexFooter(bytes.subarray(-4096)).sectionSize;
  for (let length = 0; length < bytes.length; length += length < 600 ? 1 : 7) {
    if (length === withoutIndex) continue;
    t.not(await verdict(bytes.subarray(0, length)), undefined, `${length} bytes`);
  }
  t.equal(await verdict(bytes.subarray(0, withoutIndex)), undefined, 'without its path index');
  t.not(await verdict(bytes.subarray(0, bytes.length - 1)), undefined);
  t.equal(await verdict(bytes), undefined);
});

t.test('any byte flipped', async (t) => {
  const bytes = await fiveFileImage();
  const index = bytes.length - decodePathIndexFooter(bytes.subarray(-4096)).sectionSize;
  writeFileSync(target, bytes);
  const flips: Flip[] = [];
  // The path index is mostly zeros.
  for (let at = 0; at < bytes.length; at += at < index ? 1 : 11) flips.push({ at, bit: at % 8 });
  t.strictSame(await acceptedFlips(target, flips), []);
});

t.test('bits of an image of some megabytes flipped, here and there', async (t) => {
  await makeImage({
    source: join(import.meta.dirname, '../../node_modules/typescript'),
    image: target,
  });
  const { size } = statSync(target);
  const random = new Random(1);
  const flips = Array.from({ length: 200 }, () => ({
    at: random.below(size),
    bit: random.below(8),
  }));
  t.strictSame(await acceptedFlips(target, flips), []);
  await t.resolves(verifyImage(target), 'and sound as it is');
});

t.test('an image with deltas, cut and flipped', async (t) => {
  const folder = join(scratch, 'repository');
  makeRepository(folder, versionedFiles(12));
  const bytes = Buffer.from(imageOfRepository(folder));
  t.equal(await verdict(bytes), undefined);
  for (let at = 0; at < bytes.length - 600; at += 37) {
    const bad = Buffer.from(bytes);
    bad[at] = (bad[at] as number) ^ 0x10;
    t.not(await verdict(bad), undefined, `byte ${at}`);
    t.not(await verdict(bytes.subarray(0, at)), undefined, `cut at ${at}`);
  }
});

const golden = sharedPath('golden/folder-512.img');
const skip = golden === undefined && 'the golden images are not here';
t.test("the original's image, cut and flipped here and there", { skip }, async (t) => {
  const bytes = readFileSync(golden as string);
  for (let i = 0; i < 40; i++) {
    const at = Math.floor((i * (bytes.length - 2000)) / 40);
    const bad = Buffer.from(bytes);
    bad[at] = (bad[at] as number) ^ 1;
    t.not(await verdict(bad), undefined, `byte ${at}`);
    t.not(await verdict(bytes.subarray(0, at)), undefined, `cut at ${at}`);
  }
});

t.test('the command says it in one line', async (t) => {
  const bytes = await fiveFileImage();
  const cases: [string, Uint8Array | undefined, number][] = [
    ['empty', new Uint8Array(0), 65],
    ['text', Buffer.from('no image at all\n'.repeat(200)), 65],
    ['cut', bytes.subarray(0, 700), 65],
    ['zeros', new Uint8Array(4096), 65],
    ['missing', undefined, 66],
  ];
  for (const [name, content, status] of cases) {
    const path = join(scratch, `${name}.img`);
    if (content !== undefined) writeFileSync(path, content);
    const outcome = await runTool('docteur.verify', [path]);
    t.equal(outcome.status, status, name);
    t.equal(outcome.stdout.length, 0);
    t.match(outcome.stderr, new RegExp(`^docteur\\.verify: ${path}: [^\\n]+\\n$`));
  }
});
