// Against the original's own images: what it wrote, we verify; what it would write, we write.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeImage, parseRfc3339, verifyImage } from '../../image-tools/index.ts';
import { sharedPath } from '../fixtures/shared.ts';
import {
  FIVE_FILE_COMMIT,
  FIVE_FILE_DATE,
  FIVE_FILE_ROOT,
  runTool,
  writeFiveFileFolder,
} from '../fixtures/tools.ts';

const golden = sharedPath('golden');
const skip = golden === undefined && 'the golden images are not here';
const FOLDER = {
  commit: 'c162db1d4196d315554c05e946041b0e69a0fb61',
  root: 'd4114b7d5e0fd3722a6e1872711aa15e3c53545b',
};
const IMAGES: Record<string, { commit: string; root: string }> = {
  'store-512.img': { commit: FIVE_FILE_COMMIT, root: FIVE_FILE_ROOT },
  'store-4096.img': { commit: FIVE_FILE_COMMIT, root: FIVE_FILE_ROOT },
  'folder-512.img': FOLDER,
  'folder-4096.img': FOLDER,
  'repo-main.img': {
    commit: '543d82316a6a6774e7ffd93e5b161fa0ab6fc913',
    root: '8a08c5526af2bf1a80923f3aef248385cfe36634',
  },
  'repo-other.img': {
    commit: 'e06f4aff7586216e94e46fe9021a1208b00fe6c3',
    root: 'a86b7d07556bac4498f388d4d990e545bfb6c6a3',
  },
};

t.test('its images are sound, and hold what they should', { skip }, async (t) => {
  t.strictSame(
    readdirSync(golden as string)
      .filter((name) => name.endsWith('.img'))
      .sort(),
    Object.keys(IMAGES).sort(),
  );
  for (const [name, ids] of Object.entries(IMAGES)) {
    t.match(await verifyImage(join(golden as string, name)), ids, name);
  }
});

t.test('the five-file folder gets its commit and root', async (t) => {
  const scratch = t.testdir({ folder: {} });
  const folder = join(scratch, 'folder');
  writeFiveFileFolder(folder);
  for (const bs of ['512', '4096']) {
    const image = join(scratch, 'disk.img');
    const made = await runTool('docteur.make', ['-d', FIVE_FILE_DATE, '--bs', bs, folder, image]);
    t.equal(made.status, 0, made.stderr);
    t.equal(made.stdout.length, 0);
    const { stdout, status, stderr } = await runTool('docteur.verify', [image]);
    t.equal(
      stdout.toString(),
      `commit\t: ${FIVE_FILE_COMMIT}\n` +
        'author\t: "Dr. Greenthumb" <noreply@cypress.hill>\n' +
        `root\t: ${FIVE_FILE_ROOT}\n\n`,
    );
    t.equal(status, 0);
    t.equal(stderr, '');
  }
});

t.test('--compat gives the golden commit of the golden folder', { skip }, async (t) => {
  const scratch = t.testdir();
  execFileSync('tar', ['-C', scratch, '-xf', join(golden as string, 'folder.tar.xz')]);
  const image = join(scratch, 'disk.img');
  const options = { source: join(scratch, 'folder'), image, date: parseRfc3339(FIVE_FILE_DATE) };
  t.match(await makeImage({ ...options, compat: true }), FOLDER);
  t.match(await verifyImage(image), FOLDER);
  const faithful = await makeImage(options);
  t.not(faithful.root, FOLDER.root, 'links and executable bits make a difference');
});

t.test('a message is printed as it stands', { skip }, async (t) => {
  const { stdout } = await runTool('docteur.verify', [join(golden as string, 'repo-main.img')]);
  t.equal(
    stdout.toString(),
    'commit\t: 543d82316a6a6774e7ffd93e5b161fa0ab6fc913\n' +
      'author\t: "Ada Example" <ada@example.org>\n' +
      'root\t: 8a08c5526af2bf1a80923f3aef248385cfe36634\n\n' +
      'Edit 3\n\nWith a body of more than one line.\n',
  );
});
