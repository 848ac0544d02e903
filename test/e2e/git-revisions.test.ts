// What -b and --subtree name: every commit that git finds on this machine, and folders of commits.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { git, makeRepository } from '../fixtures/git.ts';
import { startHttp } from '../fixtures/git-servers.ts';
import { runTool, type ToolOutcome } from '../fixtures/tools.ts';

const scratch = t.testdir({ home: {}, tmp: {}, served: {}, plain: {} });
const repository = join(scratch, 'work');
const image = join(scratch, 'disk.img');
const ENV = { HOME: join(scratch, 'home'), TMPDIR: join(scratch, 'tmp'), GIT_CONFIG_NOSYSTEM: '1' };

makeRepository(repository, {
  'README.md': 'first\n',
  'docs/index.md': 'index\n',
  'docs/deep/page.md': 'page\n',
  'src/main.c': 'main\n',
});
git(repository, 'tag', '-a', 'v1', '-m', 'a tag');
for (const words of ['second', 'third: colon']) {
  writeFileSync(join(repository, 'README.md'), words);
  git(repository, 'commit', '-q', '-a', '-m', words);
}
git(repository, 'update-ref', 'refs/remotes/origin/other', 'HEAD~1');
git(repository, 'clone', '-q', '--mirror', repository, join(scratch, 'served/repo.git'));

function idOf(revision: string): string {
  return git(repository, 'rev-parse', revision).toString().trim();
}

async function make(args: string[], env: Record<string, string> = {}): Promise<ToolOutcome> {
  return runTool('docteur.make', [...args, image], { cwd: scratch, env: { ...ENV, ...env } });
}

interface Made {
  readonly commit: string;
  readonly root: string;
  readonly files: number;
}

async function made(args: string[], env: Record<string, string> = {}): Promise<Made> {
  const outcome = await make(['--json', '-q', ...args], env);
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  const verified = await runTool('docteur.verify', ['-q', image]);
  if (verified.status !== 0) throw new Error(verified.stderr);
  return JSON.parse(outcome.stdout.toString());
}

t.test('any revision, on this machine', async (t) => {
  const short = idOf('HEAD~1').slice(0, 7);
  const revisions = [
    'HEAD~1',
    '@',
    '@~2',
    'HEAD^^',
    'origin/other',
    'v1^{}',
    'v1^0',
    'v1^{commit}',
  ];
  for (const revision of [...revisions, short, 'HEAD^{/third: colon}', 'v1~0']) {
    const { commit } = await made(['-b', revision, repository]);
    t.equal(commit, idOf(`${revision}^{commit}`), revision);
  }
  const { commit } = await made(['-b', short, repository], {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'protocol.version',
    GIT_CONFIG_VALUE_0: '0',
  });
  t.equal(commit, idOf('HEAD~1'), 'by a protocol that gives advertised commits alone');
});

t.test('nothing but the one commit is copied', async (t) => {
  const large = join(scratch, 'large');
  makeRepository(large, { a: 'old' });
  const old = git(large, 'rev-parse', 'HEAD:a').toString().trim();
  writeFileSync(join(large, 'a'), 'new');
  git(large, 'commit', '-q', '-a', '-m', 'm');
  const log = join(scratch, 'trace');
  const short = git(large, 'rev-parse', '--short', 'HEAD').toString().trim();
  await made(['-b', short, large], { GIT_TRACE: log });
  t.notMatch(readFileSync(log, 'utf8'), /refs\/\*/);
  const file = join(large, '.git/objects', old.slice(0, 2), old.slice(2));
  t.ok(existsSync(file));
  rmSync(file);
  for (const revision of [short, 'HEAD', 'main~0']) {
    t.ok(await made(['-b', revision, large]), 'what others lack does not matter');
  }
});

t.test('a partial clone is never sent elsewhere by its settings', async (t) => {
  const partial = join(scratch, 'partial');
  makeRepository(partial, { a: 'a' });
  const tree = git(partial, 'rev-parse', 'HEAD^{tree}').toString().trim();
  const people = 'author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n';
  // A commit whose parent is not here.
  writeFileSync(join(scratch, 'commit'), `tree ${tree}\nparent ${'ab'.repeat(20)}\n${people}\nm\n`);
  const write = ['hash-object', '-t', 'commit', '-w', join(scratch, 'commit')];
  const id = git(partial, ...write)
    .toString()
    .trim();
  git(partial, 'update-ref', 'refs/heads/main', id);
  const touched = join(scratch, 'touched');
  const settings = {
    'core.repositoryFormatVersion': '1',
    'extensions.partialClone': 'origin',
    'remote.origin.promisor': 'true',
    'protocol.ext.allow': 'always',
    'core.sshCommand': `touch ${touched};`,
  };
  for (const [key, value] of Object.entries(settings)) git(partial, 'config', key, value);
  for (const address of [`ext::sh -c "touch% ${touched}"`, 'ssh://host.example/r.git']) {
    git(partial, 'config', 'remote.origin.url', address);
    const outcome = await make(['-b', 'main~1', partial]);
    t.equal(outcome.status, 66);
    t.match(outcome.stderr, /no branch, tag or commit main~1\n$/);
    t.notOk(existsSync(touched), address);
  }
  t.ok(await made(['-b', 'main', partial]));
});

t.test('a folder of a commit is an image of its own', async (t) => {
  const root = idOf('HEAD:docs');
  const wanted = Buffer.from(
    git(repository, 'cat-file', 'commit', 'HEAD')
      .toString()
      .replace(/^tree .*\nparent .*\n/, `tree ${root}\n`),
  );
  writeFileSync(join(scratch, 'expected'), wanted);
  const expected = git(repository, 'hash-object', '-t', 'commit', join(scratch, 'expected'));
  const images: Buffer[] = [];
  for (const args of [
    ['-b', 'HEAD:docs'],
    ['--subtree', 'docs/'],
    ['-b', 'main', '--subtree', '/docs'],
  ]) {
    const result = await made([...args, repository]);
    t.equal(result.root, root);
    t.equal(result.commit, expected.toString().trim());
    t.equal(result.files, 2);
    images.push(readFileSync(image));
  }
  t.ok(
    images.every((bytes) => bytes.equals(images[0] as Buffer)),
    'the same bytes each way',
  );
  t.equal((await made(['-b', 'v1:docs/deep', repository])).root, idOf('v1:docs/deep'));
  t.equal(
    (await made(['-b', 'HEAD:', repository])).commit,
    idOf('HEAD'),
    'all of it is the commit',
  );
  const refused: [string[], number, RegExp][] = [
    [['-b', 'HEAD:README.md', repository], 66, /README\.md is a file, not a folder\n$/],
    [['-b', 'HEAD:nowhere', repository], 66, /no folder nowhere in this commit\n$/],
    [['-b', 'HEAD:docs/../src', repository], 64, /from the top of the commit, without \.\.\n$/],
    [['-b', 'HEAD:docs', '--subtree', 'src', repository], 64, /names a folder, and so does/],
    [['--subtree', 'docs', 'plain'], 64, /name the folder, plain\/docs\n$/],
  ];
  for (const [args, status, message] of refused) {
    const outcome = await make(args);
    t.equal(outcome.status, status, args.join(' '));
    t.match(outcome.stderr, message);
  }
});

t.test('over the network', async (t) => {
  const server = await startHttp(join(scratch, 'served'));
  t.teardown(() => server.close());
  const address = `http://127.0.0.1:${server.port}/repo.git`;
  t.equal((await made(['-b', '@', address])).commit, idOf('HEAD'));
  t.equal((await made(['-b', 'v1^{}', address])).commit, idOf('v1^{commit}'));
  t.equal((await made(['-b', 'main:docs', address])).root, idOf('HEAD:docs'));
  const short = idOf('HEAD~1').slice(0, 9);
  const outcome = await make(['-b', short, address]);
  t.equal(outcome.status, 0);
  t.match(
    outcome.stderr,
    /repo\.git: fetching all history to complete the id \w+: give all 40 digits/,
  );
  const revision = await make(['-b', 'HEAD~1', address]);
  t.equal(revision.status, 66);
  t.match(revision.stderr, /no branch, tag or commit HEAD~1; such revisions work only with/);
});
