// docteur tar, read by tar(1), git and Python.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeMixedFolder } from '../fixtures/mixed-folder.ts';
import { runTool } from '../fixtures/tools.ts';

const folder = t.testdir({ mixed: {} });
const mixed = join(folder, 'mixed');
const image = join(folder, 'disk.img');
const file = join(folder, 'all.tar');
const tar = (...args: string[]) => runTool('docteur', ['tar', ...args]);
const has = (program: string) => spawnSync(program, ['--version']).status === 0;
const deep = Array.from({ length: 12 }, () => 'd'.repeat(90)).join('/');

t.before(async () => {
  writeMixedFolder(mixed);
  mkdirSync(join(mixed, deep), { recursive: true });
  writeFileSync(join(mixed, deep, 'f'.repeat(200)), 'long');
  writeFileSync(
    Buffer.concat([Buffer.from(`${mixed}/${deep}/`), Buffer.from('caf\xe9', 'latin1')]),
    'x',
  );
  symlinkSync('t'.repeat(300), join(mixed, 'long-target'));
  // Every length around the ends of ustar's fields.
  mkdirSync(join(mixed, 'lengths'));
  for (const length of [90, 91, 92, 93, 140, 146, 147, 148, 149, 200]) {
    const sub = join(mixed, 'lengths', 's'.repeat(length));
    mkdirSync(sub);
    for (const name of [1, 90, 98, 99, 100, 101])
      writeFileSync(join(sub, 'n'.repeat(name)), `${name}`);
  }
  await runTool('docteur.make', ['-q', '-d', '2020-10-10T08:00:00+00:00', mixed, image]);
});

for (const program of ['tar', 'bsdtar']) {
  t.test(`${program} unpacks what went in`, async (t) => {
    if (!has(program)) return void t.pass(`skipped: no ${program}`);
    t.match(await tar('-o', file, image), { status: 0, stderr: '' });
    const out = join(folder, `out-${program}`);
    mkdirSync(out);
    const { status, stderr } = spawnSync(program, ['xpf', file, '-C', out], { encoding: 'utf8' });
    t.equal(status, 0, stderr);
    execFileSync('diff', ['-r', '--no-dereference', mixed, out]);
    const look = (folder: string) =>
      execFileSync('find', ['.', '-mindepth', '1', '-printf', '%y %m %P %l\\0'], { cwd: folder })
        .toString('latin1')
        .split('\0')
        .sort();
    t.same(look(out), look(mixed));
    const times = execFileSync('find', ['.', '-mindepth', '1', '-printf', '%T@\\n'], { cwd: out });
    t.same([...new Set(`${times}`.trim().split('\n'))], ['1602316800.0000000000']);
  });
}

t.test('the same bytes each time, to a file and to stdout', async (t) => {
  const { stdout } = await tar(image);
  t.ok(stdout.equals(readFileSync(file)));
  t.ok((await tar('--check', image)).stdout.equals(stdout));
  t.equal(stdout.length % 512, 0);
});

t.test('git and Python read it', async (t) => {
  const id = execFileSync('sh', ['-c', 'git get-tar-commit-id < "$1"', 'sh', file]);
  const verified = await runTool('docteur.verify', ['--json', image]);
  t.equal(`${id}`.trim(), JSON.parse(`${verified.stdout}`).commit);
  if (!has('python3')) return void t.pass('skipped: no python3');
  const script = `import sys, tarfile, os
for m in tarfile.open(sys.argv[1], errors='surrogateescape'):
    sys.stdout.buffer.write(os.fsencode('%s %s %d %d %s\\0' % (m.name, m.type.decode(), m.size, m.mtime, m.linkname)))`;
  const listed = execFileSync('python3', ['-c', script, file], {
    env: { PATH: process.env.PATH, PYTHONUTF8: '1' },
  });
  const wanted = execFileSync('find', ['.', '-mindepth', '1', '-printf', '%y %s %P\\0%l\\0'], {
    cwd: mixed,
  });
  const types: Record<string, string> = { f: '0', l: '2', d: '5' };
  const fields = wanted.toString('latin1').split('\0').slice(0, -1);
  const lines = Array.from({ length: fields.length / 2 }, (_, i) => {
    const [, type = '', size, path] = /^(.) (\d+) (.*)$/s.exec(fields[2 * i] as string) ?? [];
    return `${path} ${types[type]} ${type === 'f' ? size : 0} 1602316800 ${fields[2 * i + 1]}`;
  });
  t.same(listed.toString('latin1').split('\0').slice(0, -1).sort(), lines.sort());
});

t.test('some of it', async (t) => {
  const list = async (...args: string[]) => {
    const { stdout } = await tar(image, ...args);
    return `${execFileSync('tar', ['t'], { input: stdout })}`.trim().split('\n');
  };
  t.same(await list('docs/deep', 'README.md'), [
    'README.md',
    'docs/',
    'docs/deep/',
    'docs/deep/er/',
    'docs/deep/er/and/',
    'docs/deep/er/and/deeper/',
    'docs/deep/er/and/deeper/leaf.md',
  ]);
  t.same(await list('docs', '--exclude', 'deep', '--exclude', '*.txt'), [
    'docs/',
    'docs/a.md',
    'docs/upwards',
  ]);
  t.match(await tar(image, 'absent'), {
    status: 66,
    stdout: Buffer.alloc(0),
    stderr: 'docteur tar: absent: not found\n',
  });
});

t.test('docteur make of it gives the same tree', async (t) => {
  const [one, two] = [join(folder, 'one.img'), join(folder, 'two.img')];
  // The reader of tars takes no long names that are not UTF-8.
  const part = join(folder, 'part.tar');
  await tar('-o', part, '--exclude', 'caf?', image);
  t.match(await runTool('docteur.make', ['-q', part, one]), { status: 0, stderr: '' });
  await runTool('docteur.make', ['-q', '--exclude', 'caf?', mixed, two]);
  const root = async (disk: string) =>
    JSON.parse(`${(await runTool('docteur.verify', ['--json', disk])).stdout}`).root;
  t.equal(await root(one), await root(two));
});
