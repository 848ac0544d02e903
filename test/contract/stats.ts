import type { Test } from 'tap';
import { oidToHex } from '#format';
import type { FileSystem, Kind } from '../../guest/reader/index.ts';
import type { GitPath } from '../fixtures/git-paths.ts';
import { codeOf } from './node-tree.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const toLatin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

const MODES: Readonly<Record<Kind, number>> = {
  file: 0o100644,
  executable: 0o100755,
  directory: 0o40000,
  link: 0o120000,
  submodule: 0o160000,
};

/** The contract of stat, lstat, realPath and walk: `expected` is what git says of every path. */
export function testStats(t: Test, fs: FileSystem, expected: ReadonlyMap<string, GitPath>): void {
  t.test('lstat and stat tell what git tells', async (t) => {
    for (const [path, { kind, oid, content }] of expected) {
      const size = kind === 'directory' || kind === 'submodule' ? 0 : content.length;
      const wanted = { kind, mode: MODES[kind], size, lastModified: 1500000001 };
      const { id, ...rest } = fs.lstat(latin1(path));
      if (oidToHex(id) !== oid) t.fail(`id of ${path}`);
      if (JSON.stringify(rest) !== JSON.stringify(wanted)) t.same(rest, wanted, path);
      if (kind === 'link') continue;
      t.same(fs.stat(latin1(path)), fs.lstat(latin1(path)));
    }
    t.same(fs.stat('to-file'), fs.lstat('README.md'));
    t.same(fs.stat('through'), fs.stat('a/b/c'));
    t.equal(fs.lstat('to-directory/').kind, 'directory', 'a slash asks for what it leads to');
    t.equal(
      codeOf(() => fs.stat('dangling')),
      'NOT_FOUND',
    );
    t.equal(fs.lstat('dangling').kind, 'link');
    t.equal(
      codeOf(() => fs.lstat('dangling/x')),
      'NOT_FOUND',
    );
    t.equal(
      codeOf(() => fs.stat('loop-1')),
      'TOO_MANY_LINKS',
    );
    t.equal(
      codeOf(() => fs.lstat('../x')),
      'INVALID_PATH',
    );
  });

  t.test('realPath leads there without links', async (t) => {
    for (const [path, { kind }] of expected) {
      if (kind === 'link') continue;
      const real = fs.realPath(latin1(path));
      if (toLatin1(real) !== `/${path}`) t.equal(toLatin1(real), `/${path}`);
    }
    for (const [path, real] of [
      ['', '/'],
      ['//a/./b//', '/a/b'],
      ['to-file', '/README.md'],
      ['a/to-link', '/README.md'],
      ['absolute', '/a/b/c'],
      ['through', '/a/b/c'],
      ['to-directory/c', '/a/b/c'],
      ['to-root/to-root/a', '/a'],
      ['above-root', '/README.md'],
      ['chain-30', '/README.md'],
    ] as const) {
      t.equal(fs.realPath(path), real);
      t.same(fs.stat(real).id, fs.stat(path).id);
    }
    t.equal(
      codeOf(() => fs.realPath('dangling')),
      'NOT_FOUND',
    );
    t.equal(
      codeOf(() => fs.realPath('loop-1')),
      'TOO_MANY_LINKS',
    );
    t.equal(
      codeOf(() => fs.realPath('README.md/')),
      'NOT_A_DIRECTORY',
    );
  });

  t.test('walk comes by everything once, folders first', async (t) => {
    const seen: string[] = [];
    for (const { path, pathBytes, name, kind, size } of fs.walk()) {
      const key = toLatin1(pathBytes).replace(/^\//, '');
      const known = expected.get(key);
      if (known?.kind !== kind) t.equal(kind, known?.kind, key);
      const content = kind === 'directory' || kind === 'submodule' ? 0 : known?.content.length;
      if (size !== content) t.equal(size, content, key);
      if (!path.endsWith(name)) t.fail(`${path} ends with ${name}`);
      const parent = key.replace(/\/?[^/]*$/, '');
      if (parent !== '' && !seen.includes(parent)) t.fail(`${key} before its folder`);
      seen.push(key);
    }
    t.same(seen.toSorted(), [...expected.keys()].toSorted());
    t.same(
      [...fs.walk('a/b')].map(({ path }) => path),
      ['a/b/c', 'a/b/up'],
    );
    t.same(
      [...fs.walk('to-directory')].map(({ path }) => path),
      ['to-directory/c', 'to-directory/up'],
    );
    t.equal(
      codeOf(() => [...fs.walk('README.md')]),
      'NOT_A_DIRECTORY',
    );
    t.equal(
      codeOf(() => [...fs.walk('absent')]),
      'NOT_FOUND',
    );
    for (const first of fs.walk('/')) {
      t.equal(first.path, '/README.md');
      break;
    }
  });
}
