// What git may do and use, whatever the server: real git where that can tell, else a program in its place.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { withTemporaryFolder } from '../../../../image-tools/files/temporary-folder.ts';
import { splitPassword } from '../../../../image-tools/source/git-address.ts';
import { type GitBounds, GitClient } from '../../../../image-tools/source/git-client.ts';
import { resolveRef } from '../../../../image-tools/source/git-ref.ts';
import { withFetchedCommit } from '../../../../image-tools/source/repository.ts';
import { git, makeRepository } from '../../../fixtures/git.ts';
import { startGitDaemon } from '../../../fixtures/git-servers.ts';

const BOUNDS = { timeout: 60, maxTime: 60, maxPack: 2 ** 30, memory: 2 ** 31 };

function withGit<Result>(
  address: string,
  bounds: Partial<GitBounds>,
  use: (client: GitClient) => Promise<Result>,
): Promise<Result> {
  return withTemporaryFolder(async (place) => {
    git(place.path, 'init', '-q', '--bare', '.');
    const limits = { ...BOUNDS, ...bounds };
    return use(new GitClient(place, splitPassword(address), limits));
  });
}

/** A server of Git's own protocol that lists references for ever, `pause` milliseconds apart. */
async function startEndlessServer(t: Test, pause: number): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => list(socket, 0, pause));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `git://127.0.0.1:${(server.address() as AddressInfo).port}/r`;
}

function list(socket: Socket, from: number, pause: number): void {
  if (socket.destroyed) return;
  const lines = Array.from({ length: pause === 0 ? 1000 : 1 }, (_, i) => {
    const capabilities = from + i === 0 ? '\0multi_ack side-band-64k ofs-delta' : '';
    const line = `${'c0ffee00'.repeat(5)} refs/heads/${from + i}${capabilities}\n`;
    return (line.length + 4).toString(16).padStart(4, '0') + line;
  });
  const more = () => setTimeout(() => list(socket, from + lines.length, pause), pause);
  socket.write(lines.join(''), more);
}

t.test('references without end: bounded memory, bounded time', async (t) => {
  const fast = await startEndlessServer(t, 0);
  await withGit(fast, { memory: 2 ** 29 }, async (client) => {
    await t.rejects(client.run(['ls-remote', '--', fast]), {
      code: 'LIMIT',
      message: 'git takes more than 134217728 bytes of memory',
    });
  });
  const slow = await startEndlessServer(t, 100);
  await withGit(slow, { maxTime: 1, timeout: 0 }, async (client) => {
    await t.rejects(client.run(['fetch', '--', slow]), {
      name: 'GitError',
      message: 'not done after 1 s: given up (--max-time)',
    });
    await t.rejects(client.run(['--version']), { message: /^not done after 1 s/ }, 'all together');
  });
});

t.test('a PACK that is larger than it may be', async (t) => {
  const folder = t.testdir();
  makeRepository(join(folder, 'work'), { noise: randomBytes(300_000) });
  const daemon = await startGitDaemon(folder);
  t.teardown(() => daemon.close());
  const options = { ref: undefined, onSkip: () => undefined };
  for (const address of [`git://127.0.0.1:${daemon.port}/work/.git`, join(folder, 'work')]) {
    await t.rejects(
      withFetchedCommit({ ...options, address, maxPack: 200_000 }, async () => undefined),
      { code: 'LIMIT', message: `${address}: git writes a file of more than 200000 bytes` },
    );
    const objects = await withFetchedCommit(
      { ...options, address, maxPack: 400_000 },
      async (fetched) => fetched.objects,
    );
    t.equal(objects, 3);
  }
});

t.test('contents that are larger than they may be, out of a small PACK', async (t) => {
  const address = join(t.testdir(), 'work');
  makeRepository(address, { zeros: Buffer.alloc(1 << 20) });
  const options = { address, ref: undefined, onSkip: () => undefined };
  const spool = (maxPack: number) =>
    withFetchedCommit({ ...options, maxPack }, async (fetched) => (await fetched.spool()).count);
  await t.rejects(spool(1_000_000), {
    code: 'LIMIT',
    message: `${address}: contents of 1048609 bytes, at most 1000000 allowed (--max-pack)`,
  });
  t.equal(await spool(2_000_000), 3);
});

/** Puts a shell script in git's place for the time of a test. */
function replaceGit(t: Test, script: string): string {
  const folder = t.testdir();
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/git'), `#!/bin/sh\n${script}`);
  chmodSync(join(folder, 'bin/git'), 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${join(folder, 'bin')}:${path}`;
  t.teardown(() => {
    process.env.PATH = path;
  });
  return folder;
}

/** A client whose repository is no repository. */
function run(args: string[], bounds: Partial<GitBounds> = {}): Promise<string> {
  return withTemporaryFolder((place) =>
    new GitClient(place, splitPassword('git://h/r'), { ...BOUNDS, ...bounds }).run(args),
  );
}

t.test('the kernel holds git to its limits', { skip: process.platform !== 'linux' }, async (t) => {
  replaceGit(t, 'cat /proc/self/limits');
  const limits = await run(['any'], { memory: 2 ** 32, maxPack: 2 ** 20 });
  t.match(limits, /^Max address space +4294967296 +4294967296 /m);
  t.match(limits, /^Max file size +1048576 +1048576 /m);
  t.match(limits, /^Max cpu time +7200 /m);
  t.match(await run(['ls-remote'], { memory: 2 ** 32 }), /^Max address space +1073741824 /m);
});

t.test('processor time, and words without end', async (t) => {
  replaceGit(t, 'case $* in *spin*) kill -XCPU $$ ;; *) exec yes ;; esac');
  await t.rejects(run(['spin']), {
    code: 'LIMIT',
    message: 'git takes more than 7200 s of processor time',
  });
  await t.rejects(run(['chatter']), {
    code: 'LIMIT',
    message: /^git printed more than \d+ bytes$/,
  });
});

t.test('no variable turns git to another repository', async (t) => {
  const variables = git(t.testdir(), 'rev-parse', '--local-env-vars').toString().trim().split('\n');
  // Settings are the user's to make.
  const turning = variables.filter((name) => !/^GIT_(CONFIG|NO_REPLACE|INTERNAL)/.test(name));
  turning.push('GIT_NAMESPACE', 'GIT_CEILING_DIRECTORIES', 'GIT_QUARANTINE_PATH');
  for (const name of turning) process.env[name] = 'elsewhere';
  t.teardown(() => {
    for (const name of turning) delete process.env[name];
  });
  replaceGit(t, 'env');
  const env = await run(['any']);
  t.notMatch(env, /=elsewhere$/m);
  t.match(env, /^GIT_TERMINAL_PROMPT=0$/m);
  t.match(env, /^GIT_ALLOW_PROTOCOL=file:git:http:https:ssh$/m);
});

t.test('an address and a ref are never options', async (t) => {
  const id = 'c0ffee00'.repeat(5);
  const folder = replaceGit(
    t,
    `echo "$@" >> "$LOG"
case $* in *' ls-remote '*) printf '${id}\\tHEAD\\n' ;; *' fetch '*) exit 1 ;; esac`,
  );
  const log = join(folder, 'log');
  process.env.LOG = log;
  t.teardown(() => delete process.env.LOG);
  const address = '--upload-pack=run:x';
  const options = { address, ref: undefined, onSkip: () => undefined };
  await t.rejects(
    withFetchedCommit(options, async () => undefined),
    { code: 'UNAVAILABLE' },
  );
  await t.rejects(
    withFetchedCommit({ ...options, ref: 'abcdef' }, async () => undefined),
    { code: 'UNAVAILABLE' },
  );
  const remote = readFileSync(log, 'utf8').match(/^.* (ls-remote|fetch) .*$/gm) ?? [];
  t.equal(remote.length, 4);
  for (const line of remote) t.match(line, / -- --upload-pack=run:x /);
  await withGit(address, {}, async (client) => {
    await t.rejects(resolveRef(client, { address, gitDir: undefined }, '--upload-pack=x'), {
      code: 'NO_INPUT',
    });
  });
});
