// What stands for something else in a commit: submodules, and pointers of Git LFS.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { memorySource } from '#format';
import { mount } from '../../guest/reader/index.ts';
import { git, makeRepository } from '../fixtures/git.ts';
import { startHttp } from '../fixtures/git-servers.ts';
import { runTool, type ToolOutcome } from '../fixtures/tools.ts';

const scratch = t.testdir({ home: {}, tmp: {}, served: {} });
const served = join(scratch, 'served');
const image = join(scratch, 'disk.img');
const ENV = { HOME: join(scratch, 'home'), TMPDIR: join(scratch, 'tmp'), GIT_CONFIG_NOSYSTEM: '1' };
const noLfs =
  spawnSync('git', ['lfs', 'version']).status !== 0 && 'git-lfs is not installed (Debian: git-lfs)';

async function make(args: string[], env: Record<string, string> = {}): Promise<ToolOutcome> {
  return runTool('docteur.make', [...args, image], { cwd: scratch, env: { ...ENV, ...env } });
}

/** Packs and verifies; what was made, and a reader of it. */
async function made(args: string[], env: Record<string, string> = {}) {
  const outcome = await make(['--json', ...args], env);
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  const verified = await runTool('docteur.verify', ['-q', image]);
  if (verified.status !== 0) throw new Error(verified.stderr);
  const litter = readdirSync(join(scratch, 'tmp'));
  if (litter.length > 0) throw new Error(`left behind: ${litter}`);
  const result = JSON.parse(outcome.stdout.toString());
  const fs = mount(memorySource(readFileSync(image)));
  const text = (path: string) => Buffer.from(fs.get(path)).toString();
  return { ...result, fs, text, said: outcome.stderr };
}

const headOf = (repository: string, revision = 'HEAD') =>
  git(repository, 'rev-parse', revision).toString().trim();

function addSubmodule(repository: string, url: string, path: string): void {
  git(
    repository,
    '-c',
    'protocol.file.allow=always',
    'submodule',
    '--quiet',
    'add',
    '--',
    url,
    path,
  );
  git(repository, 'commit', '-q', '-m', `with ${path}`);
}

makeRepository(join(scratch, 'inmost'), { 'deep.txt': 'deep\n' });
makeRepository(join(scratch, 'inner'), { 'lib/code.c': 'code\n', run: '#!/bin/sh\n' });
addSubmodule(join(scratch, 'inner'), '../inmost', 'third party/inmost');
const inner = headOf(join(scratch, 'inner'));
const outer = join(scratch, 'outer');
makeRepository(outer, { 'README.md': 'outer\n', 'docs/index.md': 'index\n' });
addSubmodule(outer, '../inner', 'docs/inner');
git(
  outer,
  '-c',
  'protocol.file.allow=always',
  'submodule',
  '--quiet',
  'update',
  '--init',
  '--recursive',
);
// What the submodule has become since is not what was recorded.
writeFileSync(join(scratch, 'inner/lib/code.c'), 'later\n');
git(join(scratch, 'inner'), 'commit', '-q', '-a', '-m', 'later');
for (const name of ['inmost', 'inner', 'outer']) {
  git(scratch, 'clone', '-q', '--mirror', join(scratch, name), join(served, name));
}

t.test('submodules at their recorded commits, within each other', async (t) => {
  const plain = await made([outer]);
  t.match(plain.said, /docs\/inner: skipped: a submodule\n/);
  t.equal(plain.submodules, 1);
  const first = await made(['--submodules', outer]);
  t.equal(first.submodules, 0);
  t.equal(first.source, headOf(outer));
  t.not(first.commit, first.source, 'another tree is another commit');
  t.equal(first.text('README.md'), 'outer\n');
  t.equal(first.text('docs/inner/lib/code.c'), 'code\n');
  t.equal(first.text('docs/inner/third party/inmost/deep.txt'), 'deep\n');
  const bytes = readFileSync(image);
  const again = await made(['--submodules', '--strict', outer]);
  t.equal(again.commit, first.commit);
  t.ok(readFileSync(image).equals(bytes), 'the same bytes');
  const part = await made(['--submodules', '-b', 'HEAD:docs', outer]);
  t.equal(part.text('inner/third party/inmost/deep.txt'), 'deep\n');
  const kept = await made(['--submodules', '--keep-pack', outer]);
  t.equal(kept.commit, first.commit);
  t.equal(kept.text('docs/inner/lib/code.c'), 'code\n');
  const none = await made(['--submodules', '--lfs', join(scratch, 'inmost')]);
  t.equal(none.commit, headOf(join(scratch, 'inmost')), 'nothing to put in its place');
});

t.test('submodules over http, by addresses relative to the outer one', async (t) => {
  const server = await startHttp(served, { login: 'ann:secret-x1' });
  t.teardown(() => server.close());
  const host = `127.0.0.1:${server.port}`;
  const found = await made(['--submodules', `http://ann:secret-x1@${host}/outer`]);
  t.equal(found.text('docs/inner/third party/inmost/deep.txt'), 'deep\n');
  t.notMatch(found.said, /secret/);
});

t.test('a submodule that cannot be had is named', async (t) => {
  const repository = join(scratch, 'hostile');
  makeRepository(repository, { a: 'a' });
  const secret = join(scratch, 'inmost');
  const set = (url: string, path = 'sub') => {
    writeFileSync(
      join(repository, '.gitmodules'),
      `[submodule "s"]\n\tpath = ${path}\n\turl = ${url}\n`,
    );
    git(repository, 'add', '.gitmodules');
    git(repository, 'update-index', '--add', '--cacheinfo', `160000,${headOf(secret)},sub`);
    git(repository, 'commit', '-q', '-m', 'm');
  };
  const refused: [string, RegExp][] = [
    [secret, /submodule sub: transport 'file' not allowed/],
    [`file://${secret}`, /submodule sub: transport 'file' not allowed/],
    [`"ext::sh -c touch% ${scratch}/touched"`, /submodule sub: a submodule has an invalid address/],
    ['--upload-pack=x', /an invalid address/],
    ['../../../../../../../../../../../../../../x', /submodule sub: /],
  ];
  for (const [url, message] of refused) {
    set(url);
    const outcome = await make(['--submodules', repository]);
    t.not(outcome.status, 0);
    t.match(outcome.stderr, message, url);
    t.match(outcome.stderr, /^docteur\.make: [^\n]+\n$/, 'one line');
  }
  t.notOk(existsSync(join(scratch, 'touched')));
  set(secret, 'elsewhere');
  t.match(
    (await make(['--submodules', repository])).stderr,
    /submodule sub: not in \.gitmodules\n$/,
  );
  set(secret);
  writeFileSync(join(scratch, 'home/.gitconfig'), '[protocol "file"]\n\tallow = always\n');
  t.equal(
    (await made(['--submodules', repository])).text('sub/deep.txt'),
    'deep\n',
    'allowed by the user',
  );
  writeFileSync(join(scratch, 'home/.gitconfig'), '');
  t.equal(headOf(join(scratch, 'inner'), 'HEAD~1'), inner);
});

/** A repository with files in Git LFS, whose contents git-lfs keeps in it. */
function makeLfsRepository(name: string, contents: Record<string, Buffer>): string {
  const repository = join(scratch, name);
  makeRepository(repository, { 'README.md': 'plain\n' });
  git(repository, 'lfs', 'install', '--local', '--skip-smudge');
  git(repository, 'lfs', 'track', '*.bin');
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(join(repository, path, '..'), { recursive: true });
    writeFileSync(join(repository, path), content);
  }
  git(repository, 'add', '-A');
  git(repository, 'commit', '-q', '-m', 'large files');
  return repository;
}

const LARGE = { 'a.bin': randomBytes(300_000), 'docs/b.bin': Buffer.from('small\n') };

t.test(
  'Git LFS: pointers are named, refused, or taken with their content',
  { skip: noLfs },
  async (t) => {
    const repository = makeLfsRepository('large', { ...LARGE, 'docs/again.bin': LARGE['a.bin'] });
    const plain = await made([repository]);
    t.equal(plain.lfsPointers, 2);
    t.match(plain.said, /docs\/b\.bin: a Git LFS pointer, stored as it is\n/);
    t.match(plain.said, /Git LFS pointers: 2 \(--lfs packs their content\)\n/);
    t.match(plain.text('a.bin'), /^version https:\/\/git-lfs/);
    const strict = await make(['--strict', repository]);
    t.equal(strict.status, 65);
    t.match(strict.stderr, /a Git LFS pointer: --lfs packs its content\n$/);
    const whole = await made(['--lfs', '--strict', repository]);
    t.equal(whole.lfsPointers, 0);
    for (const [path, content] of [
      ...Object.entries(LARGE),
      ['docs/again.bin', LARGE['a.bin']],
    ] as const) {
      t.ok(Buffer.from(whole.fs.get(path as string)).equals(content as Buffer), path as string);
    }
    t.equal(whole.text('README.md'), 'plain\n');
    t.equal((await made(['--lfs', '--subtree', 'docs', repository])).text('b.bin'), 'small\n');
    const limited = await make(['--lfs', '--max-pack', '100K', repository]);
    t.equal(limited.status, 65);
    t.match(
      limited.stderr,
      /its Git LFS files take 300006 bytes, at most 102400 allowed \(--max-pack\)\n$/,
    );
  },
);

t.test('Git LFS: a content that is missing, or another', { skip: noLfs }, async (t) => {
  const repository = makeLfsRepository('damaged', LARGE);
  const sha256 = createHash('sha256').update(LARGE['a.bin']).digest('hex');
  const file = join(repository, '.git/lfs/objects', sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  const content = readFileSync(file);
  execFileSync('chmod', ['u+w', file]);
  for (const other of [
    content.subarray(1),
    Buffer.concat([content.subarray(1), Buffer.from('x')]),
  ]) {
    writeFileSync(file, other);
    const outcome = await make(['--lfs', repository]);
    t.not(outcome.status, 0);
    t.match(outcome.stderr, /^docteur\.make: [^\n]+\n$/);
  }
  const without = await make(['--lfs', repository], { PATH: gitOnly(join(scratch, 'bin')) });
  t.equal(without.status, 69);
  t.match(
    without.stderr,
    /git-lfs is needed for --lfs: install it \(Debian: apt-get install git-lfs\)\n$/,
  );
});

/** A PATH with what a bare git needs, and no git-lfs. */
function gitOnly(folder: string): string {
  mkdirSync(folder);
  for (const name of ['git', 'sh', 'rm', 'sleep', 'grep', 'cat', 'env', 'node']) {
    const [path = ''] = execFileSync('which', [name]).toString().split('\n');
    execFileSync('ln', ['-s', path, join(folder, name)]);
  }
  return folder;
}

t.test('Git LFS over http, with a login', { skip: noLfs }, async (t) => {
  const repository = makeLfsRepository('remote', LARGE);
  git(scratch, 'clone', '-q', '--mirror', repository, join(served, 'remote.git'));
  const contents = new Map(
    Object.values(LARGE).map((content) => [
      createHash('sha256').update(content).digest('hex'),
      content,
    ]),
  );
  const login = `Basic ${Buffer.from('ann:secret-x1').toString('base64')}`;
  const backend = await startHttp(served, { login: 'ann:secret-x1' });
  t.teardown(() => backend.close());
  // The batch API of Git LFS, and its downloads; all else is git's.
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    if (request.headers.authorization !== login) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="t"' }).end();
    } else if (request.url?.endsWith('/objects/batch')) {
      const { objects } = JSON.parse(body.toString()) as {
        objects: { oid: string; size: number }[];
      };
      const href = (oid: string) => `http://127.0.0.1:${port()}/content/${oid}`;
      const found = objects.map(({ oid, size }) => ({
        ...{ oid, size, authenticated: true },
        actions: { download: { href: href(oid), header: { Authorization: login } } },
      }));
      response.setHeader('Content-Type', 'application/vnd.git-lfs+json');
      response.end(JSON.stringify({ transfer: 'basic', objects: found }));
    } else if (request.url?.startsWith('/content/')) {
      response.end(contents.get(request.url.slice('/content/'.length)));
    } else {
      const url = `http://127.0.0.1:${backend.port}${request.url}`;
      const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
      const answer = await fetch(url, {
        method: request.method as string,
        headers: headers as Record<string, string>,
        ...(body.length > 0 ? { body } : {}),
      });
      response.writeHead(answer.status, {
        'Content-Type': answer.headers.get('Content-Type') ?? '',
      });
      response.end(Buffer.from(await answer.arrayBuffer()));
    }
  });
  const port = () => (server.address() as AddressInfo).port;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = `http://ann:secret-x1@127.0.0.1:${port()}/remote.git`;
  const whole = await made(['--lfs', address]);
  t.ok(Buffer.from(whole.fs.get('a.bin')).equals(LARGE['a.bin']));
  t.equal(whole.text('docs/b.bin'), 'small\n');
  t.notMatch(whole.said, /secret/);
  contents.clear();
  const missing = await make(['--lfs', address]);
  t.not(missing.status, 0);
  t.match(missing.stderr, /^docteur\.make: [^\n]+\n$/);
});
