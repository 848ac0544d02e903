import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { Test } from 'tap';
import { FormatError, MODE_FILE, OBJECT_BLOB, oidToHex } from '#format';
import { type FileSystem, FsError, type FsErrorCode } from '../../guest/reader/index.ts';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { gitPaths } from '../fixtures/git-paths.ts';
import { commitEntries, type GitEntry } from '../fixtures/git-tree.ts';
import { HandmadeImage } from '../fixtures/handmade-image.ts';
import { testHandles, testNested, testNodes } from './node-tree.ts';
import { testStats } from './stats.ts';

/** Makes the file system under test out of an image. */
export type Mount = (image: Uint8Array) => FileSystem;

const SUBMODULE = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00';
const latin1 = (path: string) => Buffer.from(path, 'latin1');

/** Texts that resemble each other, so that git makes deltas of them. */
function version(number: number, lines: number): string {
  return Array.from({ length: lines }, (_, line) =>
    line % 29 === number % 29 ? `line ${line} as of ${number}` : `line ${line} ${line * 7919}`,
  ).join('\n');
}

/** Content that does not compress, so that git keeps it whole. */
const BIG = randomBytes(3_000_000);

function entries(): GitEntry[] {
  const file = (path: string, content: string | Buffer): GitEntry => ({
    mode: '100644',
    path,
    content,
  });
  const link = (path: string, content: string): GitEntry => ({ mode: '120000', path, content });
  const list: GitEntry[] = [
    file('README.md', 'Hello World!\n'),
    file('empty', ''),
    { mode: '100755', path: 'bin/run', content: '#!/bin/sh\n' },
    file('a/b/c', 'c\n'),
    // Names around the slash: git's order of them is not the order of their bytes.
    ...['foo-bar', 'foo.txt', 'foo0', 'foo/x'].map((path) => file(path, path)),
    file('\xff\xfe not UTF-8', 'bytes'),
    file(Buffer.from('naïve 日本').toString('latin1'), 'text'),
    file('x'.repeat(255), 'a long name'),
    file(`${'d/'.repeat(60)}deep`, 'deep\n'),
    ...Array.from({ length: 300 }, (_, i) => file(`wide/page-${i}.html`, `page ${i}\n`)),
    ...Array.from({ length: 12 }, (_, i) => file(`versions/${i}.txt`, version(i, 2000))),
    file('big', BIG),
    file('versions/big-1', version(1, 90_000)),
    file('versions/big-2', version(2, 90_000)),
    { mode: '160000', path: 'module', content: SUBMODULE },
    link('to-file', 'README.md'),
    link('to-directory', 'a/b/'),
    link('absolute', '/a/b/c'),
    link('a/b/up', '../../README.md'),
    link('above-root', '../../../../README.md'),
    link('a/to-link', '../to-file'),
    link('dangling', 'nowhere'),
    link('to-nothing-below-a-file', 'README.md/x'),
    link('to-file-with-slash', 'README.md/'),
    link('to-root', '/'),
    link('through', 'to-directory/../b/./c'),
    link('loop-1', 'loop-2'),
    link('loop-2', 'loop-1'),
    link('long', `${'./'.repeat(2049)}README.md`),
    link('to-module', 'module'),
  ];
  for (let i = 1; i < 41; i++) list.push(link(`chain-${i}`, `chain-${i - 1}`));
  list.push(link('chain-0', 'README.md'));
  return list;
}

/** The contract of every reader of an image, over an image whose every path git itself reads too. */
export function testFileSystem(t: Test, mount: Mount): void {
  const repository = t.testdir();
  commitEntries(repository, entries());
  const expected = gitPaths(repository);
  const fs = mount(
    imageOfRepository(repository, { packOptions: ['--delta-base-offset', '--window=20'] }),
  );

  testNodes(t, fs, expected);
  testHandles(t, fs, expected);
  testNested(t, mount);
  testStats(t, fs, expected);

  const rejects = (t: Test, code: FsErrorCode, call: () => unknown, message = '') => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    t.type(thrown, FsError, message);
    t.equal((thrown as FsError).code, code, message);
    t.notMatch((thrown as FsError).message, '\n');
  };

  t.test('every path is what git says it is', async (t) => {
    for (const [path, { kind, oid, content }] of expected) {
      const bytes = latin1(path);
      if (kind === 'link') {
        t.ok(content.equals(fs.readLink(bytes)), path);
        continue;
      }
      if (fs.exists(bytes) !== kind) t.equal(fs.exists(bytes), kind, path);
      if (oidToHex(fs.digest(bytes)) !== oid) t.equal(oidToHex(fs.digest(bytes)), oid, path);
      if (kind === 'directory' || kind === 'submodule') continue;
      if (fs.size(bytes) !== content.length) t.equal(fs.size(bytes), content.length, path);
      if (!content.equals(fs.get(bytes))) t.fail(`content of ${path}`);
      if (!content.equals(fs.view(bytes))) t.fail(`view of ${path}`);
    }
    t.ok(expected.size > 400, 'paths compared');
  });

  t.test(
    'list gives the names and kinds that git lists, in the order of their bytes',
    async (t) => {
      const byDirectory = new Map<string, string[]>([['', []]]);
      for (const [path, { kind }] of expected) {
        const slash = path.lastIndexOf('/');
        if (kind === 'directory') byDirectory.set(path, []);
        byDirectory
          .get(path.slice(0, Math.max(0, slash)))
          ?.push(`${path.slice(slash + 1)} ${kind}`);
      }
      for (const [directory, lines] of byDirectory) {
        const listed = fs.list(latin1(directory));
        t.same(
          listed.map(
            ({ nameBytes, kind }) => `${Buffer.from(nameBytes).toString('latin1')} ${kind}`,
          ),
          // Two ISO 8859-1 texts compare as their bytes do; the kind must play no part.
          lines.sort((a, b) => (a.replace(/ \w+$/, '') < b.replace(/ \w+$/, '') ? -1 : 1)),
          directory,
        );
      }
      t.ok(
        fs.list('/').some(({ name }) => name === 'naïve 日本'),
        'names are read as UTF-8',
      );
    },
  );

  t.test('the root is a directory like any other', async (t) => {
    for (const root of ['/', '', '.', '//', '/./', 'to-root', '/to-root/']) {
      t.equal(fs.exists(root), 'directory', root);
      t.equal(fs.list(root).length, fs.list('/').length, root);
      t.equal(fs.lastModified(root), 1500000001, root);
      rejects(t, 'NOT_A_FILE', () => fs.get(root), root);
    }
  });

  t.test('ways to write a path', async (t) => {
    for (const path of [
      'a/b/c',
      '/a/b/c',
      '//a///b//c',
      './a/./b/c',
      'to-directory/c',
      '/absolute',
    ]) {
      t.equal(Buffer.from(fs.get(path)).toString(), 'c\n', path);
    }
    for (const path of [
      'a/b',
      'a/b/',
      'a/b//',
      'a/b/.',
      '/a//b/./',
      'to-directory',
      'to-directory/',
    ]) {
      t.equal(fs.exists(path), 'directory', path);
    }
    t.equal(Buffer.from(fs.get(latin1('\xff\xfe not UTF-8'))).toString(), 'bytes');
    t.equal(Buffer.from(fs.get('naïve 日本')).toString(), 'text');
  });

  t.test('paths that lead nowhere', async (t) => {
    for (const path of [
      'absent',
      'a/absent',
      'absent/a',
      'README.mdx',
      'README',
      'a/b\0c',
      'A/b/c',
      'dangling',
    ]) {
      t.equal(fs.exists(path), undefined, path);
      const calls = [
        () => fs.get(path),
        () => fs.view(path),
        () => fs.getPartial(path, 0, 1),
        () => fs.list(path),
        () => fs.digest(path),
        () => fs.size(path),
        () => fs.lastModified(path),
      ];
      for (const call of calls) rejects(t, 'NOT_FOUND', call, path);
    }
    for (const path of [
      'README.md/',
      'README.md/x',
      'README.md/.',
      'module/x',
      'to-file/',
      'to-file/x',
      'to-nothing-below-a-file',
      'to-file-with-slash',
    ]) {
      t.equal(fs.exists(path), undefined, path);
      rejects(t, 'NOT_A_DIRECTORY', () => fs.get(path), path);
    }
    for (const path of [
      '..',
      '../README.md',
      'a/../README.md',
      'absent/../README.md',
      '/..',
      'a/..',
    ]) {
      rejects(t, 'INVALID_PATH', () => fs.exists(path), path);
      rejects(t, 'INVALID_PATH', () => fs.get(path), path);
    }
    t.equal(fs.exists('...'), undefined, 'three dots are a name');
    rejects(t, 'NOT_A_FILE', () => fs.get('a'));
    rejects(t, 'NOT_A_FILE', () => fs.size('a/b/'));
    rejects(t, 'NOT_A_FILE', () => fs.getPartial('module', 0, 1));
    rejects(t, 'NOT_A_DIRECTORY', () => fs.list('README.md'));
    rejects(t, 'NOT_A_DIRECTORY', () => fs.list('module'));
    for (const path of [undefined, null, 7, {}, new ArrayBuffer(1)] as unknown as string[]) {
      t.throws(() => fs.exists(path), { name: 'TypeError', message: /^a path is text or a Uint/ });
    }
  });

  t.test('symbolic links', async (t) => {
    for (const path of [
      'to-file',
      'a/b/up',
      'above-root',
      'a/to-link',
      'chain-39',
      'to-directory/up',
      'to-root/to-root/to-file',
    ]) {
      t.equal(Buffer.from(fs.get(path)).toString(), 'Hello World!\n', path);
      t.equal(fs.exists(path), 'file', path);
      t.equal(fs.size(path), 13, path);
    }
    t.equal(Buffer.from(fs.get('through')).toString(), 'c\n');
    t.same(fs.digest('to-file'), fs.digest('README.md'));
    const namesOf = (path: string) => fs.list(path).map(({ name }) => name);
    t.same(namesOf('to-directory'), namesOf('a/b'));
    t.equal(fs.exists('to-module'), 'submodule');
    for (const path of ['chain-40', 'loop-1', 'loop-2']) {
      t.equal(fs.exists(path), undefined, path);
      rejects(t, 'TOO_MANY_LINKS', () => fs.get(path), path);
    }
    rejects(t, 'INVALID_PATH', () => fs.get('long'), 'a target longer than a path may be');
    t.equal(Buffer.from(fs.readLink('a/b/up')).toString(), '../../README.md');
    t.equal(Buffer.from(fs.readLink('to-directory/up')).toString(), '../../README.md');
    for (const path of ['README.md', 'a', '/', 'to-root/', 'module']) {
      rejects(t, 'NOT_A_LINK', () => fs.readLink(path), path);
    }
    rejects(t, 'NOT_FOUND', () => fs.readLink('absent'));
  });

  t.test('parts of files', async (t) => {
    const parts = [
      [0, 0],
      [0, 1],
      [0, 10],
      [5, 3],
      [100, 50_000],
      [0, 2 ** 40],
      [2 ** 40, 5],
    ] as const;
    for (const path of [
      'README.md',
      'empty',
      'versions/7.txt',
      'versions/big-1',
      'versions/big-2',
      'big',
    ]) {
      const whole = expected.get(path)?.content as Buffer;
      for (const [offset, length] of [
        ...parts,
        [whole.length, 1],
        [whole.length - 1, 9],
      ] as const) {
        const part = fs.getPartial(path, Math.max(0, offset), length);
        const wanted = whole.subarray(offset, offset + length);
        t.ok(wanted.equals(part), `${path} ${offset} ${length}`);
      }
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < whole.length; at += 65_537)
        pieces.push(fs.getPartial(path, at, 65_537));
      t.ok(whole.equals(Buffer.concat(pieces)), `${path} piece by piece`);
    }
    t.ok(
      BIG.subarray(2_000_000, 2_000_009).equals(fs.getPartial('big', 2_000_000, 9)),
      'skips forward',
    );
    t.ok(BIG.subarray(7, 9).equals(fs.getPartial('big', 7, 2)), 'goes back');
    for (const [offset, length] of [
      [-1, 1],
      [0, -1],
      [0.5, 1],
      [0, Number.NaN],
      [0, 2 ** 53],
    ]) {
      t.throws(() => fs.getPartial('README.md', offset as number, length as number), RangeError);
    }
  });

  t.test('what is given belongs to the caller', async (t) => {
    for (const path of ['README.md', 'versions/3.txt', 'versions/big-1']) {
      fs.get(path).fill(0);
      fs.getPartial(path, 0, 9).fill(0);
      fs.digest(path).fill(0);
      t.ok(expected.get(path)?.content.equals(fs.get(path)), path);
      t.equal(oidToHex(fs.digest(path)), expected.get(path)?.oid);
    }
    t.equal(JSON.stringify(fs.list('a/b')[0]), '{"name":"c","kind":"file"}', 'as JSON');
    t.match(inspect(fs.list('a/b')[0]), /name: 'c', kind: 'file'/, 'as console.log shows it');
    for (const entry of fs.list('versions')) entry.nameBytes.fill(0);
    t.equal(fs.list('versions')[0]?.name, '0.txt');
    t.equal(fs.exists('versions/0.txt'), 'file');
    fs.digest('/').fill(0);
    t.not(oidToHex(fs.digest('/')), '0'.repeat(40));
    t.equal(oidToHex(fs.digest('module')), SUBMODULE);
  });

  t.test('an empty image, and one of equal folders within each other', async (t) => {
    const empty = new HandmadeImage();
    t.same(mount(empty.finish(empty.addTree([]))).list('/'), []);

    // 2^60 paths out of 60 trees: whoever walks all paths never ends.
    const nested = new HandmadeImage();
    const oid = nested.add(OBJECT_BLOB, Buffer.from('at the bottom'));
    let tree = nested.addTree([{ mode: MODE_FILE, name: 'file', oid }]);
    for (let i = 0; i < 60; i++)
      tree = nested.addTree([
        { name: 'l', oid: tree },
        { name: 'r', oid: tree },
      ]);
    const fs = mount(nested.finish(tree));
    const path = `${'lr'.repeat(30).split('').join('/')}/file`;
    t.equal(Buffer.from(fs.get(path)).toString(), 'at the bottom');
  });

  t.test('a tree with the same name twice is refused', async (t) => {
    const image = new HandmadeImage();
    const oid = image.add(OBJECT_BLOB, Buffer.from('x'));
    const entry = { mode: MODE_FILE, name: 'twice', oid };
    t.throws(() => mount(image.finish(image.addTree([entry, entry]))).list('/'), FormatError);
  });
}
