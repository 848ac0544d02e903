// docteur.make out of Git repositories, each way of reaching one against a real server.
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeImage, type Progress } from '../../image-tools/index.ts';
import { git, makeRepository, versionedFiles } from '../fixtures/git.ts';
import {
  sshdMissing,
  startGitDaemon,
  startHttp,
  startSlowProxy,
  startSshd,
} from '../fixtures/git-servers.ts';
import { becomes } from '../fixtures/processes.ts';
import { runTool, startTool, type ToolOutcome } from '../fixtures/tools.ts';

const scratch = t.testdir({ home: {}, tmp: {}, out: {}, served: {} });
const repository = join(scratch, 'work');
const served = join(scratch, 'served');
const image = join(scratch, 'out/disk.img');
/** The tools see no configuration but their own, and leave their litter where it is seen. */
const ENV = { HOME: join(scratch, 'home'), TMPDIR: join(scratch, 'tmp'), GIT_CONFIG_NOSYSTEM: '1' };

makeRepository(repository, { ...versionedFiles(5), 'README.md': 'first\n' });
const first = idOf('HEAD');
git(repository, 'tag', 'light');
git(repository, 'tag', '-a', 'annotated', '-m', 'a tag');
git(repository, 'tag', '-a', 'nested', 'annotated', '-m', 'a tag of a tag');
git(repository, 'branch', 'old/branch');
git(repository, 'branch', 'both');
writeFileSync(join(repository, 'README.md'), 'second\n');
git(repository, 'commit', '-q', '-a', '-m', 'second');
const second = idOf('HEAD');
git(repository, 'tag', 'both');
git(repository, 'tag', 'a-tree', 'HEAD^{tree}');
git(scratch, 'clone', '-q', '--mirror', repository, join(served, 'repo.git'));

function idOf(revision: string): string {
  return git(repository, 'rev-parse', `${revision}^{commit}`).toString().trim();
}

function make(args: string[], env: Record<string, string> = {}): Promise<ToolOutcome> {
  return runTool('docteur.make', [...args, image], { cwd: scratch, env: { ...ENV, ...env } });
}

/** Packs, verifies, and gives the commit that the image holds. */
async function commitOf(args: string[], env: Record<string, string> = {}): Promise<string> {
  const made = await make(['--json', '-q', ...args], env);
  if (made.status !== 0) throw new Error(made.stderr);
  const { commit } = JSON.parse(made.stdout.toString());
  const verified = await runTool('docteur.verify', ['--json', image]);
  if (verified.status !== 0) throw new Error(verified.stderr);
  const found = JSON.parse(verified.stdout.toString());
  const listed = git(repository, 'rev-list', '--objects', '--max-count=1', commit);
  const expected = listed.toString().trim().split('\n').length;
  if (found.objects !== expected || found.commit !== commit) {
    throw new Error(`not one commit with its trees and blobs: ${verified.stdout}`);
  }
  const litter = readdirSync(join(scratch, 'tmp'));
  if (litter.length > 0) throw new Error(`left behind: ${litter}`);
  return commit;
}

t.test('a path: worktree, linked worktree, bare, file://', async (t) => {
  t.equal(await commitOf([repository]), second);
  t.equal(await commitOf([`file://${repository}`]), second);
  t.equal(await commitOf(['work']), second);
  t.equal(await commitOf([join(served, 'repo.git')]), second);
  git(repository, 'worktree', 'add', '-q', join(scratch, 'linked'), 'old/branch');
  t.equal(await commitOf([join(scratch, 'linked')]), first);
});

t.test('what -b takes', async (t) => {
  t.equal(await commitOf(['-b', 'main', repository]), second);
  t.equal(await commitOf(['-b', 'refs/heads/old/branch', repository]), first);
  t.equal(await commitOf(['-b', 'old/branch', repository]), first);
  for (const tag of ['light', 'refs/tags/light', 'annotated', 'nested']) {
    t.equal(await commitOf(['-b', tag, repository]), first, tag);
  }
  t.equal(await commitOf(['-b', 'both', repository]), first, 'a branch before a tag');
  t.equal(await commitOf(['-b', first, repository]), first, 'an id');
  t.equal(await commitOf(['-b', first.slice(0, 9), repository]), first, 'an id cut short');
  t.equal(await commitOf(['-b', first.toUpperCase(), repository]), first, 'an id in capitals');
  const refused: [string[], number, RegExp][] = [
    [['-b', 'absent', repository], 66, /work: no branch, tag or commit absent\n/],
    [['-b', 'f'.repeat(40), repository], 66, /f{40} is not a commit\n/],
    [['-b', 'a-tree', repository], 66, /a-tree is not a commit\n/],
    [['-b', '--upload-pack=x', repository], 66, /no branch, tag or commit/],
    [['-b', 'main', 'home'], 64, /a folder has no branch or commit main\n/],
    [['--exclude', '*.o', repository], 64, /nothing can be excluded from a repository/],
  ];
  for (const [args, status, message] of refused) {
    const outcome = await make(args);
    t.equal(outcome.status, status, args.join(' '));
    t.match(outcome.stderr, message);
    t.match(outcome.stderr, /^docteur\.make: [^\n]+\n$/, 'one line');
  }
});

t.test('the same objects, packed by us and by git', async (t) => {
  const large = join(scratch, 'large');
  const names = { 'a file': 'a', [Buffer.from([0xe9, 0x0a, 0x41]).toString('latin1')]: 'b' };
  makeRepository(large, { ...versionedFiles(5), ...names, empty: '', big: Buffer.alloc(33 << 20) });
  const results = [];
  for (const args of [['--keep-pack'], ['--repack'], ['--best', '--jobs', '1'], []]) {
    const made = await make(['--json', ...args, large]);
    t.equal(made.status, 0, made.stderr);
    results.push(JSON.parse(made.stdout.toString()));
    const { commit, objects, deltas, sizes } = results.at(-1);
    t.match(results[0], { commit, objects }, 'the same commit and objects');
    if (args[0] !== '--keep-pack') t.ok(deltas >= 4, `${deltas} deltas`);
    const bytes = readFileSync(image);
    const unpacked = join(scratch, `unpacked-${results.length}`);
    git(scratch, 'init', '-q', '--bare', unpacked);
    const pack = join(unpacked, 'objects/pack/image.pack');
    writeFileSync(pack, bytes.subarray(28, 28 + sizes.pack));
    git(unpacked, 'index-pack', '--strict', pack);
    git(unpacked, 'update-ref', 'refs/heads/main', commit);
    git(unpacked, 'fsck', '--strict', '--full');
    const listed = (repository: string) =>
      git(repository, 'rev-list', '--objects', commit).toString();
    t.equal(listed(unpacked), listed(large));
    t.equal((await runTool('docteur.verify', ['--quiet', image])).status, 0);
  }
  t.ok(results[2].sizes.pack <= results[1].sizes.pack, 'never larger for a harder search');
  t.strictSame(results[3].sizes, results[1].sizes, 'ours is the default');
  const kept = await make(['--best', '--keep-pack', large]);
  t.match(kept.stderr, /^docteur\.make: with --keep-pack, how hard to pack is up to git\n/);
  t.equal((await make(['--repack', '--keep-pack', large])).status, 64);
  t.strictSame(readdirSync(join(scratch, 'tmp')), []);
});

t.test('a repository without commits, and one that is none', async (t) => {
  git(scratch, 'init', '-q', '--bare', 'empty.git');
  const empty = await make(['empty.git']);
  t.equal(empty.status, 66);
  t.match(empty.stderr, /empty\.git: the repository has no commit\n$/);
  mkdirSync(join(scratch, 'broken/.git'), { recursive: true });
  t.equal((await make(['broken'])).status, 66);
});

t.test('a HEAD on a branch that has no commit yet', async (t) => {
  git(scratch, 'init', '-q', '-b', 'unborn', 'unborn');
  git(join(scratch, 'unborn'), 'fetch', '-q', repository, 'main:main');
  const made = await make(['unborn']);
  t.equal(made.status, 66);
  t.match(made.stderr, /unborn: its HEAD names no commit; choose one with -b\n$/);
  t.equal(await commitOf(['-b', 'main', 'unborn']), second);
});

t.test('a shallow repository: its commit by every name', async (t) => {
  git(scratch, 'clone', '-q', '--depth=1', `file://${repository}`, 'shallow');
  for (const name of ['main', second, second.slice(0, 9)]) {
    t.equal(await commitOf(['-b', name, 'shallow']), second, name);
  }
});

t.test('a repository that lacks an object says which', async (t) => {
  makeRepository(join(scratch, 'damaged'), { a: 'a', b: 'b' });
  const id = git(join(scratch, 'damaged'), 'rev-parse', 'HEAD:b').toString().trim();
  rmSync(join(scratch, 'damaged/.git/objects', id.slice(0, 2), id.slice(2)));
  const made = await make(['damaged']);
  t.equal(made.status, 66);
  t.match(made.stderr, new RegExp(`^docteur\\.make: [^\n]*damaged: [^\n]*${id}\n$`));
});

t.test('a commit that is none of git says where it comes from', async (t) => {
  const tree = git(repository, 'rev-parse', 'HEAD^{tree}').toString().trim();
  const file = join(scratch, 'commit');
  writeFileSync(file, `tree ${tree}\ncommitter A <a@b> 1 +0000\n\nm\n`);
  const write = ['hash-object', '-w', '-t', 'commit', '--literally', file];
  const made = await make([
    '-b',
    git(repository, ...write)
      .toString()
      .trim(),
    repository,
  ]);
  t.equal(made.status, 65);
  t.match(
    made.stderr,
    /^docteur\.make: [^\n]*work: a commit without tree, author or committer, object \w{40}\n$/,
  );
});

t.test('a SHA-256 repository is refused by that name', async (t) => {
  git(scratch, 'init', '-q', '-b', 'main', '--object-format=sha256', 'long-ids');
  const longIds = join(scratch, 'long-ids');
  writeFileSync(join(longIds, 'a'), 'a');
  git(longIds, 'add', 'a');
  git(longIds, 'commit', '-q', '-m', 'm');
  const id = git(longIds, 'rev-parse', 'HEAD').toString().trim();
  for (const args of [[], ['-b', 'main'], ['-b', id]]) {
    const made = await make([...args, 'long-ids']);
    t.equal(made.status, 65);
    t.match(made.stderr, /long-ids: SHA-256 repositories are not supported\n$/);
  }
});

t.test("the user's settings of git do not change an image", async (t) => {
  const large = join(scratch, 'incompressible');
  makeRepository(large, { a: randomBytes(700_000), b: randomBytes(700_000) });
  // git makes the PACK of a tag's commit anew, without the tag.
  git(large, 'tag', '-a', 'tag', '-m', 'a tag');
  const env: Record<string, string> = { GIT_DEFAULT_HASH: 'sha256', GIT_CONFIG_COUNT: '2' };
  const settings = { 'pack.indexVersion': '1', 'pack.packSizeLimit': '1m' };
  for (const [i, [key, value]] of Object.entries(settings).entries()) {
    env[`GIT_CONFIG_KEY_${i}`] = key;
    env[`GIT_CONFIG_VALUE_${i}`] = value;
  }
  for (const args of [[], ['-b', 'tag']]) {
    t.equal((await make(['-q', ...args, large], env)).stderr, '');
    t.equal((await runTool('docteur.verify', ['-q', image])).status, 0);
  }
});

t.test('how many objects have arrived is told', async (t) => {
  const seen: Progress[] = [];
  const onProgress = (progress: Progress) => seen.push(progress);
  const { objects } = await makeImage({ source: repository, image, onProgress });
  const last = seen.findLast(({ phase }) => phase === 'fetching');
  t.strictSame(last, { phase: 'fetching', unit: 'objects', done: objects, total: objects });
});

t.test('the folder for temporary files: relative, missing', async (t) => {
  mkdirSync(join(scratch, 'relative'));
  t.equal((await make(['-q', repository], { TMPDIR: 'relative' })).status, 0);
  t.strictSame(readdirSync(join(scratch, 'relative')), []);
  const missing = await make([repository], { TMPDIR: '/absent' });
  t.equal(missing.status, 73);
  t.match(
    missing.stderr,
    /^docteur\.make: \/absent\/docteur-\w+: cannot create: no such file or directory \(TMPDIR\)\n$/,
  );
});

t.test('submodules: named, skipped, refused with --strict', async (t) => {
  const outer = join(scratch, 'outer');
  makeRepository(outer, { a: 'a' });
  git(outer, 'update-index', '--add', '--cacheinfo', `160000,${first},libs/inner`);
  git(outer, 'commit', '-q', '-m', 'with a submodule');
  const made = await make([outer]);
  t.equal(made.status, 0);
  t.match(
    made.stderr,
    /^docteur\.make: libs\/inner: skipped: a submodule\ndocteur\.make: submodules left out: 1 \(--submodules /,
  );
  t.equal((await runTool('docteur.verify', [image])).status, 0);
  const strict = await make(['--strict', outer]);
  t.equal(strict.status, 65);
  t.match(strict.stderr, /libs\/inner: cannot be stored: a submodule\n$/);
});

t.test('git://', async (t) => {
  const server = await startGitDaemon(served);
  t.teardown(() => server.close());
  const address = `git://127.0.0.1:${server.port}/repo.git`;
  t.equal(await commitOf([address]), second);
  t.equal(await commitOf(['-b', 'annotated', address]), first);
  const absent = await make([`git://127.0.0.1:${server.port}/absent.git`]);
  t.equal(absent.status, 69);
  t.match(absent.stderr, /^docteur\.make: git:.*absent\.git: [^\n]+\n$/);
});

t.test('http://', async (t) => {
  const server = await startHttp(served);
  t.teardown(() => server.close());
  const address = `http://127.0.0.1:${server.port}/repo.git`;
  t.equal(await commitOf([address]), second);
  t.equal(await commitOf(['-b', first, address]), first);
});

/** Where a secret can be seen by whoever looks at the processes of the machine. */
function seenInProcesses(secret: string): string[] {
  const seen: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    for (const file of ['cmdline', 'environ']) {
      try {
        const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
        if (text.includes(secret)) seen.push(`${file}: ${text.replaceAll('\0', ' ')}`);
      } catch {
        // It has ended meanwhile.
      }
    }
  }
  return seen;
}

t.test('http:// with a password, which nobody sees', async (t) => {
  // No neighbour has the same: all processes of the machine are looked at.
  const token = `x${randomBytes(6).toString('hex')}`;
  const secret = `p@ss: w%rd/${token}`;
  const encoded = encodeURIComponent(secret);
  const seen: string[] = [];
  let requests = 0;
  const server = await startHttp(served, {
    login: `ann:${secret}`,
    onRequest: () => {
      requests += 1;
      seen.push(...seenInProcesses(token));
    },
  });
  t.teardown(() => server.close());
  // A helper that stores what works must never get it.
  writeFileSync(join(scratch, 'home/.gitconfig'), '[credential]\n\thelper = store\n');
  const host = `127.0.0.1:${server.port}/repo.git`;
  t.equal(await commitOf([`http://ann:${encoded}@${host}`]), second);
  t.ok(requests >= 3);
  t.strictSame(seen, []);
  t.strictSame(readdirSync(join(scratch, 'home')), ['.gitconfig']);

  for (const login of [`ann:wrong-${token}@`, 'ann@', '']) {
    const refused = await make([`http://${login}${host}`]);
    t.equal(refused.status, 69);
    t.match(refused.stderr, /^docteur\.make: http:\/\/[^\n]+\n$/);
    t.notMatch(refused.stderr, token);
  }
  const debug = await make(['--debug', `http://ann:wrong-${token}@${host}`]);
  t.match(debug.stderr, /caused by/);
  t.notMatch(debug.stderr, token);
  const ssh = await make([`ssh://ann:${token}@127.0.0.1/repo.git`]);
  t.equal(ssh.status, 64);
  t.notMatch(ssh.stderr, token);
});

t.test('ssh:// and user@host:path', { skip: sshdMissing() }, async (t) => {
  const keys = join(scratch, 'keys');
  mkdirSync(keys);
  const server = await startSshd(keys);
  t.teardown(() => server.close());
  const env = { GIT_SSH_COMMAND: server.command };
  const user = userInfo().username;
  const path = join(served, 'repo.git');
  t.equal(await commitOf([`ssh://${user}@127.0.0.1:${server.port}${path}`], env), second);
  t.equal(await commitOf(['-b', 'light', `${user}@127.0.0.1:${path}`], env), first);
  copyFileSync(join(keys, 'host'), join(keys, 'client'));
  const refused = await make([`ssh://${user}@127.0.0.1:${server.port}${path}`], env);
  t.equal(refused.status, 69);
  t.match(refused.stderr, /^docteur\.make: ssh:[^\n]+\n$/);
});

t.test(
  'a server that hangs up; one that is not there; a transport that runs programs',
  async (t) => {
    const rude = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    t.teardown(() => rude.close());
    const { port } = rude.address() as AddressInfo;
    for (const scheme of ['git', 'http']) {
      const outcome = await make([`${scheme}://127.0.0.1:${port}/repo.git`]);
      t.equal(outcome.status, 69);
      t.match(outcome.stderr, /^docteur\.make: [^\n]+\n$/);
    }
    t.equal((await make(['git://127.0.0.1:1/repo.git'])).status, 69);
    const ran = join(scratch, 'ran');
    t.equal((await make([`ext::sh -c touch% ${ran}`])).status, 69);
    t.notOk(existsSync(ran));
  },
);

t.test('a server that is silent is given up, one that is slow is not', async (t) => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.teardown(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const schemes = sshdMissing() ? ['git', 'http'] : ['git', 'http', 'ssh'];
  if (sshdMissing()) t.pass(`skipped: ssh: ${sshdMissing()}`);
  for (const scheme of schemes) {
    const address = `${scheme}://127.0.0.1:${port}/repo.git`;
    const outcome = await make(['--timeout', '1', address]);
    t.equal(outcome.status, 69, scheme);
    t.match(outcome.stderr, /^docteur\.make: [^\n]+: silent for 1 s: given up \(--timeout\)\n$/);
    const left = () => seenInProcesses(`127.0.0.1:${port}`).length > 0;
    t.ok(await becomes(() => !left()), 'git is gone');
  }
  t.strictSame(readdirSync(join(scratch, 'tmp')), []);
  const noise = join(scratch, 'noise');
  const names = Array.from({ length: 40 }, (_, i) => `${i}`);
  makeRepository(
    noise,
    Object.fromEntries(names.map((name) => [name, randomBytes(6000).toString('hex')])),
  );
  git(scratch, 'clone', '-q', '--mirror', noise, join(served, 'noise.git'));
  const daemon = await startGitDaemon(served);
  t.teardown(() => daemon.close());
  // A packet of git's protocol has up to 64 KiB, and git says nothing before it is whole: 1.6 s at most.
  const slow = await startSlowProxy(daemon.port, 10_000);
  t.teardown(() => slow.close());
  const startedAt = performance.now();
  const address = `git://127.0.0.1:${slow.port}/noise.git`;
  const outcome = await make(['--timeout', '5', address]);
  t.equal(outcome.status, 0, outcome.stderr);
  const seconds = (performance.now() - startedAt) / 1000;
  t.ok(seconds > 6, `${seconds} s, more than it may be silent`);
});

t.test('without git: what to install', async (t) => {
  const outcome = await make([repository], { PATH: join(scratch, 'home') });
  t.equal(outcome.status, 69);
  t.strictSame(readdirSync(join(scratch, 'tmp')), []);
  t.match(outcome.stderr, /^docteur\.make: git is needed .*apt-get install git\)\n$/);
});

t.test('killed while a server keeps it waiting: no folder and no git is left', async (t) => {
  const silent = createHttpServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.teardown(() => silent.closeAllConnections());
  t.teardown(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    const address = `http://127.0.0.1:${port}/repo.git`;
    const { child, outcome } = startTool('docteur.make', [address, image], { env: ENV });
    const waiting = () =>
      seenInProcesses(`127.0.0.1:${port}`).some((text) => /ls-remote/.test(text));
    t.ok(await becomes(waiting), 'git waits for the server');
    child.kill(signal);
    await outcome;
    const left = () => waiting() || readdirSync(join(scratch, 'tmp')).length > 0;
    t.ok(await becomes(() => !left()));
  }
});
