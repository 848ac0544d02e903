// The published commands on every Node that they promise to run on.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { NODES } from '../fixtures/nodes.ts';

const root = join(import.meta.dirname, '..', '..');
const NOISE = randomBytes(6_000_000);
const folder = t.testdir({
  'README.md': 'Hello World!\n',
  docs: { 'a b.txt': 'a\n' },
  // So large that docteur.verify starts threads.
  noise: NOISE,
});

for (const { version, path: node, skip } of NODES) {
  t.test(`make, verify and tender on Node ${version}`, { skip }, async (t) => {
    const work = join(t.testdir(), 'work');
    mkdirSync(work);
    const image = join(work, 'disk.img');
    // tap loads its own hooks into every Node process that it can reach: none of that here.
    const command = (name: string, ...args: string[]) =>
      execa(
        'env',
        ['-i', `PATH=${process.env.PATH}`, node, join(root, 'dist/bin', `${name}.js`), ...args],
        { stripFinalNewline: false, encoding: 'latin1' },
      );

    t.match((await execa(node, ['--version'])).stdout, new RegExp(`^v${version}\\.`));
    await command('docteur.make', '--quiet', '-d', '2020-10-10T08:00:00+00:00', folder, image);
    const verified = await command('docteur.verify', image);
    t.match(verified.stdout, /^commit\t: [0-9a-f]{40}\nauthor\t: "Dr. Greenthumb"/);

    const guest = join(root, 'dist/guests/simple.js');
    const read = (path: string, ...more: string[]) =>
      command('tender', `--block:docteur=${image}`, '--', guest, '--filename', path, ...more);
    t.equal((await read('README.md')).stdout, 'Hello World!\n');
    t.equal((await read('docs/a b.txt')).stdout, 'a\n');

    // Checked by the SHA-1 of this Node's OpenSSL, in the jail.
    const { stdout } = await read('noise', '--check');
    t.ok(NOISE.equals(Buffer.from(stdout, 'latin1')));

    // From CommonJS too, which cannot wait for a module.
    const script = `
for (const name of Object.keys(require('docteur/package.json').exports)) {
  if (name === './package.json' || name.includes('*')) continue;
  if (Object.keys(require('docteur' + name.slice(1))).length < 1) throw name;
}
const image = require('docteur/unix').openImageFile(process.argv[1]);
process.stdout.write(image.fs.get('README.md'));`;
    const required = await execa('env', ['-i', node, '--eval', script, image], { cwd: root });
    t.equal(required.stdout, 'Hello World!');

    writeFileSync(join(work, 'cut.img'), new Uint8Array(100));
    const cut = await command('docteur.verify', join(work, 'cut.img')).catch((error) => error);
    t.equal(cut.exitCode, 65);
    t.match(cut.stderr, /^docteur\.verify: .+\n$/, 'one line');
  });
}
