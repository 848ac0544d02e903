// Tars and zips as sources: the same root as the folder that they were made of, and nothing from outside.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import * as zlib from 'node:zlib';
import t from 'tap';
import { type Headers, pack } from 'tar-stream';
import { memorySource } from '#format';
import { mount } from '../../guest/reader/index.ts';
import { runTool } from '../fixtures/tools.ts';

const scratch = t.testdir({ folder: {}, tmp: {} });
const folder = join(scratch, 'folder');
const image = join(scratch, 'disk.img');
const MAKE = join(import.meta.dirname, '../../dist/bin/docteur.make.js');
const ENV = { TMPDIR: join(scratch, 'tmp'), SOURCE_DATE_EPOCH: '1602316800' };

mkdirSync(join(folder, 'docs/deep/er'), { recursive: true });
mkdirSync(join(folder, 'empty'));
writeFileSync(join(folder, 'README.md'), 'read me\n');
writeFileSync(join(folder, 'docs/run'), '#!/bin/sh\n');
chmodSync(join(folder, 'docs/run'), 0o755);
writeFileSync(join(folder, 'docs/deep/large'), randomBytes(300_000));
writeFileSync(join(folder, 'docs/deep/again'), readFileSync(join(folder, 'docs/deep/large')));
writeFileSync(join(folder, `docs/${'long'.repeat(50)}`), 'long');
writeFileSync(join(folder, 'docs/zoë'), 'utf-8');
writeFileSync(Buffer.concat([Buffer.from(`${folder}/docs/`), Buffer.from([0xff, 0xe9])]), 'bytes');
writeFileSync(join(folder, 'none'), '');
linkSync(join(folder, 'README.md'), join(folder, 'z-hard'));
symlinkSync('../README.md', join(folder, 'docs/link'));
symlinkSync(`nowhere/${'far'.repeat(50)}`, join(folder, 'broken'));

function make(args: string[], env: Record<string, string> = {}) {
  return runTool('docteur.make', [...args, image], { cwd: scratch, env: { ...ENV, ...env } });
}

interface Made {
  readonly commit: string;
  readonly root: string;
  readonly files: number;
  readonly bytesIn: number;
}

async function made(args: string[]): Promise<Made> {
  const outcome = await make(['--json', '-q', ...args]);
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  const verified = await runTool('docteur.verify', ['-q', image]);
  if (verified.status !== 0) throw new Error(verified.stderr);
  const litter = readdirSync(join(scratch, 'tmp'));
  if (litter.length > 0) throw new Error(`left behind: ${litter}`);
  return JSON.parse(outcome.stdout.toString());
}

const tarOf = (...options: string[]) =>
  execFileSync('tar', ['-C', folder, ...options, '-cf', '-', '.'], { maxBuffer: 1 << 28 });

t.test('a tar is the folder that it was made of, in each format', async (t) => {
  const { commit, root, files, bytesIn } = await made([folder]);
  for (const format of ['gnu', 'pax']) {
    for (const options of [[], ['--sort=name'], ['--mtime=@1', '--owner=0']]) {
      const file = join(scratch, `${format}.tar`);
      // Names that are not UTF-8 stay bytes in pax records, which have no room for them.
      const left = format === 'pax' ? ['--exclude=docs/[^a-z]*'] : [];
      writeFileSync(file, tarOf(`--format=${format}`, ...options, ...left));
      const expected = left.length === 0 ? { commit, root, files, bytesIn } : {};
      t.match(await made([file]), expected, `${format} ${options}`);
    }
  }
  const gnu = tarOf('--format=gnu');
  writeFileSync(join(scratch, 'site.tar.gz'), zlib.gzipSync(gnu));
  t.match(await made([join(scratch, 'site.tar.gz')]), { commit, root, files, bytesIn });
  writeFileSync(join(scratch, 'no-suffix'), zlib.zstdCompressSync(gnu));
  t.match(await made([join(scratch, 'no-suffix')]), { commit, root, files, bytesIn });
  t.match(await made([`file://${scratch}/site.tar.gz`]), { commit });
  const some = await made(['--exclude', 'docs/deep', folder]);
  t.match(await made(['--exclude', 'docs/deep', join(scratch, 'site.tar.gz')]), {
    root: some.root,
  });
});

t.test('a tar on stdin, as it comes', async (t) => {
  const { commit } = await made([folder]);
  for (const bytes of [tarOf('--format=gnu'), zlib.gzipSync(tarOf('--format=gnu'))]) {
    const tool = spawn(process.execPath, [MAKE, '--json', '-q', '-', image], {
      cwd: scratch,
      env: { PATH: process.env.PATH, ...ENV },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const stdout = buffer(tool.stdout);
    for (let at = 0; at < bytes.length; at += 100_001)
      tool.stdin.write(bytes.subarray(at, at + 100_001));
    tool.stdin.end();
    t.match(JSON.parse((await stdout).toString()), { commit });
  }
});

const noZip = spawnSync('zip', ['-v']).status !== 0 && 'zip is not installed (Debian: zip)';

t.test('a zip is the folder that it was made of', { skip: noZip }, async (t) => {
  const { commit, root, files } = await made([folder]);
  for (const [i, options] of [['-r'], ['-r', '-0'], ['-r', '-X']].entries()) {
    const file = join(scratch, `${i}.zip`);
    execFileSync('zip', ['-q', '-y', ...options, file, '.'], { cwd: folder });
    t.match(await made([file]), { commit, root, files }, options.join(' '));
  }
  const bytes = readFileSync(join(scratch, '1.zip'));
  const at = bytes.indexOf('read me\n');
  bytes.write('Read', at);
  writeFileSync(join(scratch, 'damaged.zip'), bytes);
  const damaged = await make([join(scratch, 'damaged.zip')]);
  t.equal(damaged.status, 65);
  t.match(damaged.stderr, /(?:README\.md|z-hard): its CRC is another\n$/);
  execFileSync('zip', ['-q', '-P', 'x', join(scratch, 'secret.zip'), 'README.md'], { cwd: folder });
  t.match((await make([join(scratch, 'secret.zip')])).stderr, /README\.md: it is encrypted\n$/);
  writeFileSync(join(scratch, 'cut.zip'), bytes.subarray(0, bytes.length - 30));
  t.match((await make([join(scratch, 'cut.zip')])).stderr, /cut\.zip: damaged archive: /);
});

type Forged = Headers & { readonly content?: string | Buffer };

async function forge(entries: readonly Forged[]): Promise<string> {
  const tar = pack();
  const bytes = buffer(tar as unknown as NodeJS.ReadableStream);
  for (const { content, ...header } of entries) tar.entry(header, content ?? '');
  tar.finalize();
  const file = join(scratch, 'forged.tar');
  writeFileSync(file, await bytes);
  return file;
}

t.test('nothing leads out of an archive', async (t) => {
  const link = (name: string, linkname: string): Forged => ({ name, linkname, type: 'symlink' });
  const hard = (name: string, linkname: string): Forged => ({ name, linkname, type: 'link' });
  const bad: [string, Forged[], RegExp][] = [
    ['an absolute path', [{ name: '/etc/x', content: 'x' }], /\/etc\/x: an absolute path\n$/],
    ['..', [{ name: 'a/../../x', content: 'x' }], /a path with \.\. in it\n$/],
    [
      'through a link',
      [link('a', '/etc'), { name: 'a/x', content: 'x' }],
      /a\/x: it lies below a, a link\n$/,
    ],
    [
      'below a file',
      [
        { name: 'a', content: '' },
        { name: 'a/x', content: 'x' },
      ],
      /below a, a file\n$/,
    ],
    ['a hard link out', [hard('a', '/etc/passwd')], /passwd: an absolute path\n$/],
    ['a hard link to ..', [hard('a', '../x')], /with \.\. in it\n$/],
    ['a hard link to nothing', [hard('a', 'b')], /a: a hard link to b, no file before it\n$/],
    ['a hard link to a link', [link('b', '/etc/passwd'), hard('a', 'b')], /no file before it\n$/],
    [
      'a file over a full folder',
      [
        { name: 'a/x', content: 'x' },
        { name: 'a', content: 'y' },
      ],
      /a: a folder that is not empty was there before\n$/,
    ],
  ];
  for (const [words, entries, message] of bad) {
    const outcome = await make([await forge(entries)]);
    t.equal(outcome.status, 65, words);
    t.match(outcome.stderr, message, words);
    t.match(outcome.stderr, /^docteur\.make: [^\n]*forged\.tar: [^\n]+\n$/, 'one line');
  }
  const fifo = await forge([
    { name: 'f', type: 'fifo' },
    { name: 'g', content: 'g' },
  ]);
  t.match((await make([fifo])).stderr, /f: skipped: a FIFO\n/);
  t.equal((await make(['--strict', fifo])).status, 65);
});

t.test('what comes later wins, and links are stored as links', async (t) => {
  const file = await forge([
    { name: 'a', content: 'first' },
    { name: './a', content: 'second', mode: 0o755 },
    { name: 'd', type: 'directory' },
    { name: 'd', content: 'a file now' },
    { name: 'e', content: 'a folder soon' },
    { name: 'e/', type: 'directory' },
    { name: 'l', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'l', type: 'symlink', linkname: '../../x' },
    { name: 'x/.git/config', content: 'x' },
    { name: 'h', type: 'link', linkname: './a' },
  ]);
  t.match(await made([file]), { files: 3 });
  const fs = mount(memorySource(readFileSync(image)));
  t.strictSame(
    fs.list('').map(({ name, kind }) => `${name} ${kind}`),
    ['a executable', 'd file', 'e directory', 'h executable', 'l link'],
  );
  t.equal(Buffer.from(fs.get('h')).toString(), 'second');
  t.equal(Buffer.from(fs.readLink('l')).toString(), '../../x');
});

t.test('bombs, and what is no archive', async (t) => {
  const bomb = await forge([{ name: 'zeros', content: Buffer.alloc(40 << 20) }]);
  const packed = join(scratch, 'bomb.tar.gz');
  writeFileSync(packed, zlib.gzipSync(readFileSync(bomb)));
  const outcome = await make(['--max-size', '20M', packed]);
  t.equal(outcome.status, 65);
  t.match(
    outcome.stderr,
    /unpacks to more than 20971520 bytes; raise the limit with --max-size\n$/,
  );
  t.strictSame(readdirSync(join(scratch, 'tmp')), []);
  t.ok(await made(['--max-size', '50M', packed]));
  const files: [string, Buffer, number, RegExp][] = [
    [
      'x.tar.xz',
      Buffer.from('\xfd7zXZ\0rest', 'latin1'),
      65,
      /compressed with xz: use xz -dc FILE \| docteur/,
    ],
    [
      'x.txt',
      Buffer.from('text'),
      66,
      /x\.txt: neither a folder nor a tar or zip, nor a Git bundle\n$/,
    ],
    ['cut.tar', tarOf('--format=gnu').subarray(0, 200_000), 65, /damaged archive: /],
    ['cut.tar.gz', readFileSync(packed).subarray(0, 20_000), 65, /damaged archive: /],
    ['html.tar.gz', zlib.gzipSync('<html>'.repeat(500)), 65, /damaged archive: /],
  ];
  for (const [name, bytes, status, message] of files) {
    writeFileSync(join(scratch, name), bytes);
    const outcome = await make([join(scratch, name)]);
    t.equal(outcome.status, status, name);
    t.match(outcome.stderr, message, name);
  }
  t.match(
    (await make(['-b', 'main', packed])).stderr,
    /an archive has no use for the option ref\n$/,
  );
});
