// Disks wrapped for other machines, by the real qemu-img.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  FIVE_FILE_COMMIT,
  FIVE_FILE_DATE,
  runTool,
  type ToolOutcome,
  writeFiveFileFolder,
} from '../fixtures/tools.ts';

const missing = spawnSync('qemu-img', ['--version']).error !== undefined;
const skip = missing && 'qemu-img is not installed (Debian: qemu-utils)';
const scratch = t.testdir({ folder: {}, out: {}, tmp: {}, empty: {} });
const folder = join(scratch, 'folder');
writeFiveFileFolder(folder);
const out = (name: string) => join(scratch, 'out', name);
const env = { TMPDIR: join(scratch, 'tmp') };
const make = (...args: string[]) =>
  runTool('docteur.make', ['-d', FIVE_FILE_DATE, ...args], { env: { ...env } });
const verify = (path: string, more = {}): Promise<ToolOutcome> =>
  runTool('docteur.verify', [path], { env: { ...env, ...more } });

const qemuImg = (...args: string[]) => {
  const { status, stderr } = spawnSync('qemu-img', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
};

t.test('each format: written, verified, and the raw disk inside unchanged', { skip }, async (t) => {
  await make('--format', 'raw', folder, out('raw.img'));
  const raw = readFileSync(out('raw.img'));
  for (const format of ['qcow2', 'vmdk', 'vdi', 'vhdx']) {
    const path = out(`disk.${format}`);
    const made = await make('--format', format, folder, path);
    t.equal(made.status, 0, made.stderr);
    const verified = await verify(path);
    t.match(verified.stdout.toString(), `commit\t: ${FIVE_FILE_COMMIT}\n`);
    qemuImg('convert', '-f', format, '-O', 'raw', path, out('back'));
    t.ok(readFileSync(out('back')).equals(raw), format);
  }
  t.strictSame(readdirSync(join(scratch, 'out')), [
    'back',
    'disk.qcow2',
    'disk.vdi',
    'disk.vhdx',
    'disk.vmdk',
    'raw.img',
  ]);
  t.strictSame(readdirSync(join(scratch, 'tmp')), []);
});

t.test('disks that are cut, or that lean on other files', { skip }, async (t) => {
  await make('--format', 'qcow2', folder, out('cut'));
  truncateSync(out('cut'), 70_000);
  t.equal((await verify(out('cut'))).status, 65);

  await make(folder, out('base.img'));
  qemuImg('create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', out('base.img'), out('overlay'));
  qemuImg('create', '-q', '-f', 'vmdk', '-o', 'subformat=monolithicFlat', out('flat'), '2048');
  const overlay = await verify(out('overlay'));
  t.equal(overlay.status, 65);
  t.match(overlay.stderr, /overlay: the disk needs other files as well\n$/);
  t.equal((await verify(out('flat'))).status, 65);

  writeFileSync(out('garbage'), Buffer.concat([Buffer.from('vhdxfile'), Buffer.alloc(9000)]));
  const garbage = await verify(out('garbage'));
  t.equal(garbage.status, 65);
  t.match(garbage.stderr, /^docteur\.verify: [^\n]+\n$/);
  t.strictSame(readdirSync(join(scratch, 'tmp')), []);
});

t.test('no room to unwrap: not the fault of the disk', { skip }, async (t) => {
  const small = t.testdir({ tmp: {}, folder: { noise: randomBytes(1 << 20) } });
  const tmp = join(small, 'tmp');
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', tmp]).status !== 0) {
    t.skip('nobody but root may mount', () => {});
    return;
  }
  try {
    await make('--format', 'qcow2', join(small, 'folder'), out('noise'));
    const verified = await runTool('docteur.verify', [out('noise')], { env: { TMPDIR: tmp } });
    t.equal(verified.status, 74);
    t.match(verified.stderr, /noise: cannot unwrap into .*: No space left on device\n$/);
    t.strictSame(readdirSync(tmp), []);
  } finally {
    spawnSync('umount', [tmp]);
  }
});

t.test('without qemu-img: what to install, and the old file whole', async (t) => {
  const path = out('kept');
  writeFileSync(path, 'old');
  const options = { env: { ...env, PATH: join(scratch, 'empty') } };
  const made = await runTool('docteur.make', ['--format', 'vdi', folder, path], options);
  t.equal(made.status, 69);
  t.match(made.stderr, /^docteur\.make: qemu-img is needed .*apt-get install qemu-utils\)\n$/);
  t.equal(readFileSync(path, 'utf8'), 'old');
  writeFileSync(out('some.vhdx'), Buffer.concat([Buffer.from('vhdxfile'), Buffer.alloc(9000)]));
  t.equal((await verify(out('some.vhdx'), options.env)).status, 69);
  t.equal((await make('--format', 'iso', folder, path)).status, 64);
});
