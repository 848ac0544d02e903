// What git archives is packed, whatever faulty clients wrote: odd modes, orders and persons. Generated
// repositories are compared with what git itself reads of them, by every reader.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { memorySource } from '#format';
import { mount } from '../../guest/reader/index.ts';
import { makeImage, verifyImage } from '../../image-tools/index.ts';
import { differences, readContents } from '../fixtures/compare-contents.ts';
import { git, makeRepository, packRepository, versionedFiles } from '../fixtures/git.ts';
import { gitPaths } from '../fixtures/git-paths.ts';

const scratch = t.testdir({});
const image = join(scratch, 'disk.img');
const READERS = ['indexed', 'lazy', 'eager', 'analyze'] as const;

interface Folder {
  readonly files: readonly { readonly mode: number; readonly content: string }[];
  readonly folders: readonly { readonly mode: number; readonly folder: Folder }[];
  /** Turns the entries about. */
  readonly turn: number;
}

const permissions = fc.nat(0o777);
const files = fc.array(
  fc.record({
    mode: fc
      .tuple(fc.constantFrom(0o100000, 0o100000, 0o120000), permissions)
      .map(([a, b]) => a + b),
    content: fc.constantFrom('', 'a', 'text\n', 'x'.repeat(2000)),
  }),
  { maxLength: 5 },
);

/** Folders within each other, so many at most. */
function foldersOf(depth: number): fc.Arbitrary<Folder> {
  const inner = fc.record({
    mode: permissions.map((bits) => 0o40000 + bits),
    folder: depth === 0 ? fc.constant({ files: [], folders: [], turn: 0 }) : foldersOf(depth - 1),
  });
  const folders = depth === 0 ? fc.constant([]) : fc.array(inner, { maxLength: 2 });
  return fc.record({ files, folders, turn: fc.nat(10) });
}
const folder = foldersOf(3);

const NAMES = ['b', 'a', 'a.c', 'a-b', 'é', 'Icon\r', 'new\nline', '\xff\xfe', 'z'];

function write(repository: string, type: string, content: Buffer): string {
  const args = ['hash-object', '-w', '-t', type, '--literally', '--stdin'];
  return execFileSync('git', args, { cwd: repository, input: content }).toString().trim();
}

function writeTree(repository: string, { files, folders, turn }: Folder): string {
  const entries = [
    ...files.map(({ mode, content }) => ({
      mode,
      id: write(repository, 'blob', Buffer.from(content)),
    })),
    ...folders.map(({ mode, folder }) => ({ mode, id: writeTree(repository, folder) })),
  ].map((entry, i) => ({ ...entry, name: NAMES[i] as string }));
  const turned = [...entries.slice(turn % 7), ...entries.slice(0, turn % 7)];
  const rows = turned.map(({ mode, id, name }) =>
    Buffer.concat([Buffer.from(`${mode.toString(8)} ${name}\0`, 'latin1'), Buffer.from(id, 'hex')]),
  );
  return write(repository, 'tree', Buffer.concat(rows));
}

const person = fc.constantFrom(
  'A <a@b> 1 +0000',
  'A <a@b> 1112911993 --700',
  'A <a@b> 18446744073709551615 +0000',
  'A a@b',
  'A\r <a@b\r> Thu Apr 7 2005',
  '\xe9 <> 5',
);

t.test('generated repositories', async (t) => {
  const repository = join(scratch, 'generated');
  git(scratch, 'init', '-q', '-b', 'main', repository);
  await fc.assert(
    fc.asyncProperty(
      folder,
      person,
      person,
      fc.boolean(),
      async (folder, author, committer, keepPack) => {
        const tree = writeTree(repository, folder);
        const text = `tree ${tree}\nauthor ${author}\ncommitter ${committer}\n\nm\n`;
        const commit = write(repository, 'commit', Buffer.from(text, 'latin1'));
        git(repository, 'archive', commit);
        const made = await makeImage({ source: repository, image, ref: commit, keepPack });
        const wanted = { commit, root: tree };
        t.match(made, wanted);
        t.match(await verifyImage(image), wanted);
        const none = Buffer.alloc(0);
        const expected = new Map(
          [...gitPaths(repository, commit)].map(([path, { kind, content }]) => [
            path,
            { kind, content: kind === 'directory' ? none : content },
          ]),
        );
        const bytes = readFileSync(image);
        for (const reader of READERS) {
          const fs = mount(memorySource(bytes), { reader });
          t.strictSame(differences(readContents(fs), expected), [], reader);
        }
      },
    ),
    { numRuns: 12 },
  );
});

t.test('one commit gives the same bytes each time, whatever PACK git has of it', async (t) => {
  const repository = join(scratch, 'versions');
  makeRepository(repository, { ...versionedFiles(40), 'Icon\r': '', empty: '' });
  const images: Buffer[] = [];
  const pack = async (options: { source?: string; jobs?: number } = {}) => {
    await makeImage({ source: repository, image, ...options });
    images.push(readFileSync(image));
  };
  await pack();
  for (const options of [
    ['--window=1'],
    ['--window=50', '--depth=200'],
    ['--threads=1', '--depth=0'],
  ]) {
    packRepository(repository, ...options);
    await pack({ jobs: images.length });
  }
  git(scratch, 'clone', '-q', '--mirror', '--no-local', repository, join(scratch, 'mirror.git'));
  await pack({ source: join(scratch, 'mirror.git') });
  git(repository, 'commit', '-q', '--allow-empty', '-m', 'another');
  git(repository, 'tag', '-a', '-m', 'x', 'tagged', 'HEAD~1');
  await makeImage({ source: repository, image, ref: 'tagged' });
  images.push(readFileSync(image));
  await makeImage({ source: repository, image, ref: 'HEAD~1' });
  images.push(readFileSync(image));
  for (const [i, bytes] of images.entries()) t.ok(bytes.equals(images[0] as Buffer), `image ${i}`);
});
