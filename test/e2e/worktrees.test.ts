// What a repository's worktree holds beside its commit is told, and nothing that its configuration names is run.
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { makeImage } from '../../image-tools/index.ts';
import { git, makeRepository, packRepository } from '../fixtures/git.ts';
import { runTool } from '../fixtures/tools.ts';

function prepare(t: Test): {
  work: string;
  pack: (source?: string, ref?: string) => Promise<unknown>;
} {
  const scratch = t.testdir({ work: {} });
  const work = join(scratch, 'work');
  const ignore = '*.o\n';
  makeRepository(work, { 'a.txt': 'one\n', 'b/c.txt': 'two\n', '.gitignore': ignore });
  const image = join(scratch, 'disk.img');
  const pack = async (source = work, ref?: string) =>
    (await makeImage({ source, image, ref })).uncommitted;
  return { work, pack };
}

t.test('nothing is missing', async (t) => {
  const { work, pack } = prepare(t);
  t.equal(await pack(), false);
  writeFileSync(join(work, 'made.o'), 'x');
  t.equal(await pack(), false, 'what git ignores');
  appendFileSync(join(work, '.git/info/exclude'), 'own\n');
  writeFileSync(join(work, 'own'), 'x');
  t.equal(await pack(), false, 'what this repository alone ignores');
  writeFileSync(join(work, 'a.txt'), 'one\n');
  t.equal(await pack(), false, 'written again, and the same');
});

t.test('something is', async (t) => {
  const { work, pack } = prepare(t);
  writeFileSync(join(work, 'a.txt'), 'changed\n');
  t.equal(await pack(), true, 'changed');
  git(work, 'add', 'a.txt');
  t.equal(await pack(), true, 'staged');
  git(work, 'commit', '-qm', 'changed');
  t.equal(await pack(), false);
  rmSync(join(work, 'b/c.txt'));
  t.equal(await pack(), true, 'removed');
  git(work, 'checkout', '-q', '.');
  chmodSync(join(work, 'a.txt'), 0o755);
  t.equal(await pack(), true, 'executable');
  git(work, 'checkout', '-q', '.');
  mkdirSync(join(work, 'new'));
  t.equal(await pack(), false, 'an empty folder');
  writeFileSync(join(work, 'new/file'), 'x');
  t.equal(await pack(), true, 'a file that git does not know');
});

t.test('where there is no telling', async (t) => {
  const { work, pack } = prepare(t);
  writeFileSync(join(work, 'a.txt'), 'changed\n');
  t.equal(await pack(work, 'main'), undefined, 'the user names a commit');
  t.equal(await pack(join(work, '.git')), undefined, 'no worktree');
  rmSync(join(work, '.git/index'));
  t.equal(await pack(), undefined, 'no index');
});

t.test('a linked worktree has an index of its own', async (t) => {
  const { work, pack } = prepare(t);
  writeFileSync(join(work, 'a.txt'), 'changed\n');
  const linked = join(work, '../linked');
  git(work, 'worktree', 'add', '-q', linked);
  t.equal(await pack(linked), false);
  writeFileSync(join(linked, 'a.txt'), 'changed\n');
  t.equal(await pack(linked), true);
});

t.test('no program that the repository names is run', async (t) => {
  const { work, pack } = prepare(t);
  const mark = join(work, '../mark');
  writeFileSync(join(work, '../evil'), `#!/bin/sh\necho "$0 $*" >> '${mark}'\ncat\n`, {
    mode: 0o755,
  });
  const evil = join(work, '../evil');
  writeFileSync(join(work, '.gitattributes'), '* filter=evil diff=evil\n');
  git(work, 'add', '-A');
  git(work, 'commit', '-qm', 'attributes');
  for (const key of ['filter.evil.clean', 'filter.evil.smudge', 'diff.evil.command']) {
    git(work, 'config', key, evil);
  }
  git(work, 'config', 'diff.evil.textconv', evil);
  git(work, 'config', 'core.fsmonitor', evil);
  mkdirSync(join(work, '.git/hooks'), { recursive: true });
  writeFileSync(join(work, '.git/hooks/post-index-change'), `#!/bin/sh\n${evil}\n`, {
    mode: 0o755,
  });
  rmSync(mark, { force: true });
  writeFileSync(join(work, 'a.txt'), 'ONE\n');
  t.equal(await pack(), true);
  writeFileSync(join(work, 'a.txt'), 'one\n');
  t.equal(await pack(), false);
  t.notOk(existsSync(mark));
});

t.test('the command says so in one line', async (t) => {
  const { work } = prepare(t);
  const image = join(work, '../disk.img');
  const clean = await runTool('docteur.make', [work, image]);
  t.notMatch(clean.stderr, /uncommitted/);
  writeFileSync(join(work, 'a.txt'), 'changed\n');
  const { stderr } = await runTool('docteur.make', [work, image]);
  t.match(stderr, /: commit [0-9a-f]{40} without uncommitted changes, 3 files/);
});

t.test("git's PACK with chains that are too long for the original", async (t) => {
  const scratch = t.testdir({ work: {} });
  const work = join(scratch, 'work');
  const files: Record<string, string> = {};
  // Each shares its text with its neighbours alone, so that git makes one chain of all.
  const part = (i: number) => createHash('sha512').update(`${i}`).digest('hex').repeat(2);
  for (let i = 0; i < 100; i++) {
    const parts = Array.from({ length: 12 }, (_, j) => part(i + j));
    // git compares files of one name, the largest first.
    files[`${i}/a-page-of-a-long-name.txt`] = parts.join('\n') + '.'.repeat(100 - i);
  }
  makeRepository(work, files);
  const image = join(scratch, 'disk.img');
  async function warnings(keepPack: boolean): Promise<string[]> {
    const said: string[] = [];
    await makeImage({ source: work, image, keepPack, onWarning: (line) => said.push(line) });
    return said;
  }
  // With several, each thread of git would begin chains of its own, wherever it was just then.
  git(work, 'config', 'pack.threads', '1');
  packRepository(work, '--depth=40', '--window=2');
  t.strictSame(await warnings(true), []);
  packRepository(work, '--depth=200', '--window=2');
  git(work, 'config', 'pack.depth', '200');
  t.match(await warnings(true), [/chains of \d+ deltas.*original.*59.*--keep-pack/]);
  t.strictSame(await warnings(false), []);
});
