// docteur ls, cat and find, beside find(1), stat(1) and cat(1) on the folder that the image was made of.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeMixedFolder } from '../fixtures/mixed-folder.ts';
import { runTool } from '../fixtures/tools.ts';

const folder = t.testdir({ mixed: {} });
const mixed = join(folder, 'mixed');
const image = join(folder, 'disk.img');
const plain = join(folder, 'no-index.img');
const DATE = '2020-10-10T08:00:00+00:00';
writeMixedFolder(mixed);

const docteur = (...args: string[]) => runTool('docteur', args, { env: { TZ: 'UTC' } });
/** What find(1) prints below the folder, in the order of bytes. */
const found = (...args: string[]) =>
  execFileSync('find', ['.', '-mindepth', '1', ...args], { cwd: mixed })
    .toString('latin1')
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\.\//, ''))
    .sort();
const cut = (bytes: Buffer, end = '\0') =>
  bytes
    .toString('latin1')
    .split(end)
    .filter((line) => line !== '');

t.before(async () => {
  await runTool('docteur.make', ['-q', '-d', DATE, mixed, image]);
  await runTool('docteur.make', ['-q', '-d', DATE, '--no-index', mixed, plain]);
});

t.test('ls -R lists what find lists, with index and without', async (t) => {
  for (const disk of [image, plain]) {
    const { status, stdout, stderr } = await docteur('ls', '-R0', disk);
    t.match({ status, stderr }, { status: 0, stderr: '' });
    t.same(cut(stdout).sort(), found('-print0'));
    const below = cut((await docteur('ls', '-R0', disk, 'docs')).stdout);
    t.same(
      below.sort(),
      found('-print0').filter((path) => path.startsWith('docs/')),
    );
  }
});

t.test('ls of a folder, a file, a link, several', async (t) => {
  const names = execFileSync('ls', ['-A', mixed], { env: { LC_ALL: 'C' } });
  t.same((await docteur('ls', image)).stdout, names);
  t.same((await docteur('ls', image, '/')).stdout, names);
  t.equal(`${(await docteur('ls', image, 'README.md')).stdout}`, 'README.md\n');
  t.equal(`${(await docteur('ls', image, 'to-docs')).stdout}`, 'a.md\na.txt\ndeep\nupwards\n');
  t.equal(`${(await docteur('ls', '-d', image, 'docs', '/')).stdout}`, 'docs\n/\n');
  t.equal(
    `${(await docteur('ls', image, 'docs', 'empty')).stdout}`,
    'docs:\na.md\na.txt\ndeep\nupwards\n\nempty:\nfolder\n',
  );
  const missing = await docteur('ls', image, 'absent', 'empty');
  t.match(missing, { status: 66, stderr: 'docteur ls: absent: not found\n' });
  t.equal(`${missing.stdout}`, 'empty:\nfolder\n', 'the others are listed');
  t.match(await docteur('ls', image, '../x'), { status: 66, stderr: /'\.\.' is not allowed/ });
});

t.test('ls -l: kinds, permissions, sizes, times and targets are those of stat', async (t) => {
  const lines = cut((await docteur('ls', '-lR', image)).stdout, '\n').filter(
    (line) => /^[-dlm][rwx-]{9} /.test(line) && !line.includes(' odd/'),
  );
  const format = '%A %s %n\\n';
  const paths = found('-print0').filter((path) => !path.startsWith('odd/'));
  const stats = execFileSync('stat', [`--printf=${format}`, ...paths], { cwd: mixed });
  const byPath = new Map(
    cut(stats, '\n').map((line) => {
      const [mode = '', size = '', ...rest] = line.split(' ');
      return [rest.join(' '), { mode, size }] as const;
    }),
  );
  t.equal(lines.length, byPath.size);
  for (const line of lines) {
    const [, mode, size, time, path = '', target] =
      /^(\S+) +(\d+) (\S+ \S+) (.*?)(?: -> (.*))?$/.exec(line) ?? [];
    const stat = byPath.get(path);
    t.equal(mode, stat?.mode, path);
    t.equal(time, '2020-10-10 08:00');
    if (!mode?.startsWith('d')) t.equal(size, stat?.size, path);
    const link = spawnSync('readlink', [join(mixed, path)])
      .stdout.toString()
      .trim();
    t.equal(target ?? '', link);
  }
  const [link] = cut((await docteur('ls', '-l', image, 'inside')).stdout, '\n');
  t.match(link, /^lrwxrwxrwx +9 .* inside -> docs\/a\.md$/, 'the link itself');
});

t.test('ls --json: git names the same ids', async (t) => {
  const { stdout } = await docteur('ls', '-R', '--json', image);
  const entries = `${stdout}`
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.equal(entries.length, found('-print0').length);
  for (const { path, kind, id, mode, size, pathBase64 } of entries) {
    if (kind !== 'file' && kind !== 'executable') continue;
    const name = pathBase64 === undefined ? Buffer.from(path) : Buffer.from(pathBase64, 'base64');
    const bytes = readFileSync(Buffer.concat([Buffer.from(`${mixed}/`), name]));
    const hash = execFileSync('git', ['hash-object', '--stdin'], { input: bytes });
    t.same([id, size], [hash.toString().trim(), bytes.length], path);
    t.equal(mode, kind === 'executable' ? '100755' : '100644');
  }
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  t.match(byPath.get('inside'), { kind: 'link', mode: '120000', target: 'docs/a.md', size: 9 });
  t.match(byPath.get('empty'), { kind: 'directory', mode: '040000', size: 0 });
  t.equal(entries.filter(({ pathBase64 }) => pathBase64 !== undefined).length, 1);
});

t.test('cat: bytes, ranges, several, links', async (t) => {
  const cat = async (...args: string[]) => (await docteur('cat', ...args)).stdout;
  const large = readFileSync(join(mixed, 'large.bin'));
  t.ok((await cat(image, 'large.bin')).equals(large));
  t.equal(`${await cat(image, 'README.md', 'inside', 'empty-file')}`, 'Hello World!\na\nb\nc\n');
  t.equal(`${await cat(image, 'odd/-rf')}`, '-rf');
  for (const [range, from, to] of [
    ['0:100', 0, 100],
    ['2999990:100', 2_999_990, 3_000_000],
    ['1048570:20', 1_048_570, 1_048_590],
    ['1048576:', 1_048_576, 3_000_000],
    ['5:0', 5, 5],
    ['4000000:1', 0, 0],
    ['0:999999999999999', 0, 3_000_000],
  ] as const) {
    t.ok((await cat('-r', range, image, 'large.bin')).equals(large.subarray(from, to)), range);
  }
  for (const range of ['', ':', '1', '-1:2', '1:-2', '0x1:2', '1:2:3', '9999999999999999:1']) {
    t.match(await docteur('cat', '-r', range, image, 'README.md'), { status: 64 }, range);
  }
  const some = await docteur('cat', image, 'docs', 'absent', 'README.md');
  t.match(some, {
    status: 66,
    stderr: 'docteur cat: docs: a directory, not a file\ndocteur cat: absent: not found\n',
  });
  t.equal(`${some.stdout}`, 'Hello World!\n');
  t.match(await docteur('cat', image, 'dangling'), { status: 66 });
  t.match(await docteur('cat', image, 'absolute'), { status: 66 }, 'from the root of the image');
});

t.test('find: the paths that find(1) finds', async (t) => {
  const find = async (...args: string[]) => {
    const { status, stdout } = await docteur('find', '-0', image, ...args);
    t.equal(status, 0);
    return cut(stdout).sort();
  };
  t.same(await find('*.md'), found('-name', '*.md', '-print0'));
  t.same(await find('a*'), found('-name', 'a*', '-print0'));
  t.same(await find('docs/**'), found('-path', './docs/*', '-print0'));
  t.same(
    await find('/docs/*'),
    found('-path', './docs/*', '-not', '-path', './docs/*/*', '-print0'),
  );
  t.same(await find('docs/**/leaf.*'), ['docs/deep/er/and/deeper/leaf.md']);
  t.same(await find('/README.md'), ['README.md']);
  t.same(await find('docs/a.md'), ['docs/a.md']);
  t.same(await find('./docs/a.md'), ['docs/a.md']);
  t.same(await find('*', '--type', 'l'), found('-type', 'l', '-print0'));
  t.same(await find('*', '--type', 'd'), found('-type', 'd', '-print0'));
  t.same(await find('*', '--type', 'x'), found('-type', 'f', '-perm', '/100', '-print0'));
  t.same(await find('e*/'), ['docs/deep/er', 'empty'], 'folders alone');
  t.same(await find('absent/*'), []);
  t.same(await find('README.md/*'), []);
  t.match(await docteur('find', image, '[z-a]'), { status: 64, stderr: /runs backwards/ });
  const json = await docteur('find', '--json', image, 'run.*');
  t.match(JSON.parse(`${json.stdout}`), { path: 'run.sh', kind: 'executable' });
});

t.test('a reader that goes away is no fault; a full disk is', async (t) => {
  const bin = join(import.meta.dirname, '../../dist/bin/docteur.js');
  const shell = (script: string) =>
    spawnSync(
      'bash',
      ['-c', `unset NODE_OPTIONS; ${script}`, 'bash', process.execPath, bin, image],
      {
        encoding: 'utf8',
      },
    );
  const commands = ['ls -R "$3"', 'cat "$3" large.bin', 'find "$3" "*"', 'help make'];
  for (const command of [...commands, '--help', '--version', 'run --help']) {
    const { stderr } = shell(`"$1" "$2" ${command} | true`);
    t.equal(stderr, '', command);
  }
  const words = 'stdout: cannot write: no space left on device';
  for (const [command, name] of [
    ['cat "$3" large.bin', 'docteur cat'],
    ['--help', 'docteur'],
    ['--version', 'docteur'],
    ['run --help', 'docteur run'],
  ]) {
    const full = shell(`"$1" "$2" ${command} > /dev/full`);
    t.match(full, { status: 74, stderr: `${name}: ${words}\n` }, command);
  }
  const dist = join(bin, '../..');
  for (const option of ['--help', '--version', `--manifest '${dist}/guests/simple.js'`]) {
    const tender = shell(`"$1" '${dist}/bin/tender.js' ${option} > /dev/full`);
    t.match(tender, { status: 1, stderr: new RegExp(`^tender: ${words}\n$`, 'i') }, option);
  }
});

t.test('images that are none, or missing', async (t) => {
  const bad = join(folder, 'bad.img');
  writeFileSync(bad, 'no image');
  for (const command of ['ls', 'cat', 'find']) {
    const rest = command === 'ls' ? [] : ['x'];
    t.match(await docteur(command, bad, ...rest), { status: 65, stderr: /bad\.img: too small/ });
    t.match(await docteur(command, 'absent.img', ...rest), {
      status: 66,
      stderr: `docteur ${command}: absent.img: cannot open: no such file or directory\n`,
    });
    t.match(await docteur(command, mixed, ...rest), { status: 66, stderr: /not a regular file/ });
    t.match(await docteur(command, '-', ...rest), { status: 64, stderr: /not from stdin/ });
  }
});
