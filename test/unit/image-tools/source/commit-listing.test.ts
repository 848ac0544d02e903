// The objects of a commit as git itself lists them, and trees that make more paths than can be.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { withTemporaryFolder } from '../../../../image-tools/files/temporary-folder.ts';
import { type CommitListing, listCommit } from '../../../../image-tools/source/commit-listing.ts';
import { splitPassword } from '../../../../image-tools/source/git-address.ts';
import { GitClient } from '../../../../image-tools/source/git-client.ts';
import { git, makeRepository, versionedFiles } from '../../../fixtures/git.ts';

const BOUNDS = { timeout: 60, maxTime: 60, maxPack: 2 ** 30, memory: 2 ** 31 };

interface Listed extends CommitListing {
  readonly lines: string[];
}

function list(repository: string, commit: string): Promise<Listed> {
  return withTemporaryFolder(async ({ path: folder, janitor }) => {
    const place = { path: join(repository, '.git'), janitor, checkPlace: () => undefined };
    const client = new GitClient(place, splitPassword(repository), BOUNDS);
    const tree = git(repository, 'rev-parse', `${commit}^{tree}`).toString().trim();
    const file = join(folder, 'list');
    const listing = await listCommit(client, commit, tree, file);
    const lines = readFileSync(file, 'latin1').split('\n').slice(0, -1);
    return { ...listing, lines };
  });
}

const input = (folder: string, text: string, ...args: string[]): string => {
  const { stdout, status } = spawnSync('git', args, { cwd: folder, input: text });
  if (status !== 0) throw new Error(`git ${args.join(' ')}`);
  return stdout.toString().trim();
};

const head = (repository: string) => git(repository, 'rev-parse', 'HEAD').toString().trim();

t.test('the same objects as git rev-list names, and the same counts as git ls-tree', async (t) => {
  const repository = join(t.testdir(), 'r');
  const odd = Buffer.from([0xe9, 0x0a, 0x41]).toString('latin1');
  makeRepository(repository, {
    ...versionedFiles(30),
    [odd]: 'odd',
    empty: '',
    twice: 'x',
    'd/twice': 'x',
  });
  const first = head(repository);
  git(repository, 'update-index', '--add', '--cacheinfo', `160000,${first},libs/inner`);
  git(repository, 'commit', '-q', '-m', 'with a submodule');
  const commit = head(repository);
  const listed = await list(repository, commit);
  const expected = git(repository, 'rev-list', '--objects', '--max-count=1', commit);
  const ids = (text: string[]) => text.map((line) => line.slice(0, 40)).sort();
  t.strictSame(ids(listed.lines), ids(expected.toString('latin1').trim().split('\n')));
  t.equal(listed.objects, listed.lines.length);
  t.strictSame(listed.submodules, [{ path: 'libs/inner', commit: first }]);
  const files = git(repository, 'ls-tree', '-r', '-l', '-z', commit).toString('latin1');
  const sizes = files.split('\0').flatMap((line) => /^\d+ blob \w+ +(\d+)\t/.exec(line)?.[1] ?? []);
  t.equal(listed.files, sizes.length);
  t.equal(
    listed.bytes,
    sizes.reduce((sum, size) => sum + Number(size), 0),
  );
  t.ok(listed.lines.some((line) => line.endsWith(' v7/page.txt')));
});

/** A tree of ten entries each of which is the tree before: `levels` of them over one blob. */
function nest(repository: string, levels: number, width: number): string {
  let tree = input(
    repository,
    `100644 blob ${input(repository, 'x', 'hash-object', '-w', '--stdin')}\tf\n`,
    'mktree',
  );
  for (let level = 0; level < levels; level++) {
    const entries = Array.from({ length: width }, (_, i) => `040000 tree ${tree}\td${i}\n`);
    tree = input(repository, entries.join(''), 'mktree');
  }
  return git(repository, 'commit-tree', '-m', 'm', tree).toString().trim();
}

t.test('paths are counted, not walked', async (t) => {
  const repository = join(t.testdir(), 'r');
  makeRepository(repository, { a: 'a' });
  t.match(await list(repository, nest(repository, 8, 10)), { files: 1e8, bytes: 1e8, objects: 11 });
  await t.rejects(list(repository, nest(repository, 10, 10)), {
    code: 'LIMIT',
    message: 'more than 268435456 paths, out of a few trees',
  });
});

t.test('an object that is missing is named', async (t) => {
  const repository = join(t.testdir(), 'r');
  makeRepository(repository, { a: 'a', 'd/b': 'b' });
  for (const revision of ['HEAD:a', 'HEAD:d']) {
    const id = git(repository, 'rev-parse', revision).toString().trim();
    rmSync(join(repository, '.git/objects', id.slice(0, 2), id.slice(2)));
    await t.rejects(list(repository, head(repository)), {
      name: 'GitError',
      message: `object ${id} is missing`,
    });
  }
});

/** Writes a tree of raw entries. */
function rawTree(repository: string, entries: readonly (readonly [string, string])[]): string {
  const file = join(repository, 'tree');
  const rows = entries.map(([head, id]) =>
    Buffer.concat([Buffer.from(`${head}\0`, 'latin1'), Buffer.from(id, 'hex')]),
  );
  writeFileSync(file, Buffer.concat(rows));
  return input(repository, '', 'hash-object', '-w', '-t', 'tree', '--literally', file);
}

t.test('a tree that no reader takes is refused, by its id and its path', async (t) => {
  const repository = join(t.testdir(), 'r');
  makeRepository(repository, { a: 'a', 'd/b': 'b' });
  const [blob, tree] = ['HEAD:a', 'HEAD:d'].map((name) =>
    git(repository, 'rev-parse', name).toString().trim(),
  ) as [string, string];
  const commitOf = (id: string) =>
    git(
      repository,
      'commit-tree',
      '-m',
      'm',
      rawTree(repository, [
        ['100644 a', blob],
        ['40000 x\xc3\xa9', id],
      ]),
    )
      .toString()
      .trim();
  const bad: [string, [string, string][], RegExp][] = [
    [
      'a name twice',
      [
        ['100644 n', blob],
        ['100644 m', blob],
        ['100644 n', blob],
      ],
      /names n twice$/,
    ],
    [
      'as file and folder',
      [
        ['100644 n', blob],
        ['100644 n.c', blob],
        ['40000 n', tree],
      ],
      /twice$/,
    ],
    ['a name with a slash', [['100644 a/b', blob]], /a name contains a \/, offset \d+$/],
    ['..', [['40000 ..', tree]], /an entry is named \. or \.\., or has no name/],
    ['a mode of no kind', [['170000 n', blob]], /unknown mode 170000/],
    ['a name of 70,000 bytes', [[`100644 ${'n'.repeat(70_000)}`, blob]], /a name of 70000 bytes/],
  ];
  for (const [words, entries, message] of bad) {
    const id = rawTree(repository, entries);
    const outcome = list(repository, commitOf(id));
    await t.rejects(outcome, { code: 'REFUSED' }, words);
    await outcome.catch(({ message: said }) => {
      t.ok(said.startsWith(`tree ${id} (xé): `), said);
      t.match(said, message);
    });
  }
  const asFile = rawTree(repository, [['100644 f', tree]]);
  await t.rejects(list(repository, commitOf(asFile)), {
    code: 'REFUSED',
    message: `tree ${asFile} names xé/f as a file, but object ${tree} is a tree`,
  });
  const asFolder = rawTree(repository, [['40000 f', blob]]);
  await t.rejects(list(repository, commitOf(asFolder)), {
    code: 'REFUSED',
    message: `tree ${asFolder} names xé/f as a folder, but object ${blob} is a blob`,
  });
  const unsorted = rawTree(repository, [
    ['100600 z', blob],
    ['100644 y', blob],
    ['40700 b', tree],
  ]);
  t.match(await list(repository, commitOf(unsorted)), { files: 4, objects: 6 });
});

const SHA256 = 'ab'.repeat(32);
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${SHA256}\nsize 12345\n`;

t.test('pointers of Git LFS are found by what they say', async (t) => {
  const repository = join(t.testdir(), 'r');
  makeRepository(repository, {
    'd/big.bin': POINTER,
    'again.bin': POINTER,
    'extended.bin': POINTER.replace('oid', `ext-0-foo sha256:${SHA256}\noid`),
    'old.bin': POINTER.replace('git-lfs', 'hawser'),
    'late.bin': ` ${POINTER}`,
    'text.md': `# About\n\n${POINTER}`,
    'long.bin': POINTER + 'x'.repeat(1000),
    'sha1.bin': POINTER.replace('sha256:', 'sha1:'),
    'other.bin': POINTER.replace('git-lfs.github.com', 'lfs.example.org'),
  });
  const { pointers } = await list(repository, head(repository));
  t.strictSame(
    pointers.map(({ path, sha256, size }) => [path, sha256, size]).sort(),
    ['again.bin', 'extended.bin', 'old.bin'].map((path) => [path, SHA256, 12345]),
  );
  t.equal(pointers[0]?.blob, git(repository, 'rev-parse', 'HEAD:d/big.bin').toString().trim());
});
