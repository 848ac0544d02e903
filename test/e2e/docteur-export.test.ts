// docteur export: git reads what comes out, and docteur make of it gives the same ids.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeMixedFolder } from '../fixtures/mixed-folder.ts';
import { runTool } from '../fixtures/tools.ts';

const folder = t.testdir({ mixed: {}, repository: {} });
const mixed = join(folder, 'mixed');
const repository = join(folder, 'repository');
const image = join(folder, 'disk.img');
const later = join(folder, 'later.img');
const run = (...args: string[]) => runTool('docteur', ['export', ...args]);
const environment = {
  PATH: process.env.PATH,
  GIT_CONFIG_NOSYSTEM: '1',
  HOME: folder,
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b',
};
const git = (cwd: string, ...args: string[]) =>
  `${execFileSync('git', args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })}`.trim();
const verified = async (disk: string) =>
  JSON.parse(`${(await runTool('docteur.verify', ['--json', disk])).stdout}`);

t.before(async () => {
  writeMixedFolder(mixed);
  await runTool('docteur.make', ['-q', '-d', '2020-10-10T08:00:00+00:00', mixed, image]);
  git(repository, 'init', '-q', '-b', 'main');
  writeFileSync(join(repository, 'a'), 'one\n');
  git(repository, 'add', '.');
  git(repository, 'commit', '-q', '-m', 'first');
  writeFileSync(join(repository, 'a'), 'two\n');
  git(repository, 'commit', '-q', '-a', '-m', 'second');
  await runTool('docteur.make', ['-q', repository, later]);
});

t.test('a repository of a folder', async (t) => {
  const out = join(folder, 'out.git');
  t.match(await run('--git', out, image), { status: 0, stdout: Buffer.alloc(0), stderr: '' });
  const { commit, root } = await verified(image);
  git(out, 'fsck', '--strict', '--full');
  t.equal(git(out, 'rev-parse', 'HEAD'), commit);
  t.equal(git(out, 'rev-parse', 'HEAD^{tree}'), root);
  t.equal(git(out, 'symbolic-ref', 'HEAD'), 'refs/heads/main');
  git(folder, 'clone', '-q', 'out.git', 'clone');
  // Git keeps no empty folders in a worktree.
  execFileSync('rm', ['-r', join(folder, 'clone/.git')]);
  mkdirSync(join(folder, 'clone/empty/folder'), { recursive: true });
  execFileSync('diff', ['-r', '--no-dereference', mixed, join(folder, 'clone')]);
  const again = join(folder, 'again.img');
  t.match(await runTool('docteur.make', ['-q', out, again]), { status: 0, stderr: '' });
  t.match(await verified(again), { commit, root });
});

t.test('a bundle of a folder, to a file and to stdout', async (t) => {
  const file = join(folder, 'docs.bundle');
  t.match(await run('--bundle', file, '--branch', 'docs/v1', image), { status: 0, stderr: '' });
  const { commit } = await verified(image);
  git(folder, 'bundle', 'verify', '-q', file);
  git(folder, 'clone', '-q', '--bare', file, 'from-bundle.git');
  git(join(folder, 'from-bundle.git'), 'fsck', '--strict', '--full');
  t.equal(git(join(folder, 'from-bundle.git'), 'rev-parse', 'docs/v1'), commit);
  const again = join(folder, 'bundle.img');
  t.match(await runTool('docteur.make', ['-q', join(folder, 'from-bundle.git'), again]), {
    status: 0,
  });
  t.match(await verified(again), { commit });
  const direct = join(folder, 'direct.img');
  t.match(await runTool('docteur.make', ['-q', file, direct]), { status: 0, stderr: '' });
  t.match(await verified(direct), { commit }, 'docteur make reads the bundle itself');
  const { stdout } = await run('--bundle', '-', '--branch', 'docs/v1', image);
  t.ok(stdout.equals(readFileSync(file)));
});

t.test('a commit with parents: shallow, or for who has them', async (t) => {
  const out = join(folder, 'shallow.git');
  mkdirSync(out);
  t.match(await run('--git', out, later), { status: 0, stderr: '' }, 'an empty folder will do');
  git(out, 'fsck', '--strict', '--full');
  const head = git(repository, 'rev-parse', 'HEAD');
  t.equal(git(out, 'log', '--format=%H %s'), `${head} second`);
  const again = join(folder, 'later-again.img');
  await runTool('docteur.make', ['-q', out, again]);
  t.match(await verified(again), { commit: head });
  const file = join(folder, 'later.bundle');
  t.match(await run('--bundle', file, later), { status: 0, stderr: /parents of its commit are/ });
  git(folder, 'clone', '-q', repository, 'older');
  git(join(folder, 'older'), 'reset', '-q', '--hard', 'HEAD~1');
  git(join(folder, 'older'), 'pull', '-q', '--ff-only', file, 'main');
  t.equal(git(join(folder, 'older'), 'rev-parse', 'HEAD'), head);
  t.not(
    spawnSync('git', ['clone', '-q', file, 'none'], { cwd: folder, env: environment }).status,
    0,
  );
});

t.test('what stands there, and what is damaged', async (t) => {
  const full = join(folder, 'full');
  mkdirSync(full);
  writeFileSync(join(full, 'mine'), 'x');
  t.match(await run('--git', full, image), { status: 73, stderr: /not an empty folder\n$/ });
  t.same(readdirSync(full), ['mine']);
  t.match(await run('--git', join(full, 'mine'), image), { status: 73 });
  const bytes = readFileSync(image);
  bytes[2000] = (bytes[2000] as number) ^ 1;
  const bad = join(folder, 'bad.img');
  writeFileSync(bad, bytes);
  const [none, noBundle] = [join(folder, 'none.git'), join(folder, 'none.bundle')];
  t.match(await run('--git', none, bad), { status: 65, stderr: /bad\.img: .*checksum/ });
  t.match(await run('--bundle', noBundle, bad), { status: 65 });
  t.same(
    readdirSync(folder).filter((name) => /^none\.|^\.docteur/.test(name)),
    [],
  );
  t.match(await run(image), { status: 64, stderr: /--git DIR or --bundle FILE/ });
  for (const branch of ['../x', '/x', 'x/', 'x.lock', '-x', 'a..b', 'x.', '.x', 'a b', '']) {
    t.match(await run('--git', none, '--branch', branch, image), { status: 64 }, branch);
  }
});
