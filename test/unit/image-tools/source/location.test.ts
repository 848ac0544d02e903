import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { resolveSource } from '../../../../image-tools/source/location.ts';
import { git, makeRepository } from '../../../fixtures/git.ts';

t.test('folders and repositories by path', async (t) => {
  const scratch = t.testdir({ 'a b%20': {}, file: 'x', worktree: { '.git': 'gitdir: elsewhere' } });
  const folder = join(scratch, 'a b%20');
  const expected = { kind: 'folder', path: folder };
  t.strictSame(resolveSource(folder), expected);
  t.strictSame(resolveSource(`file://${folder}`), expected, 'as it stands');
  t.strictSame(resolveSource(pathToFileURL(folder).href), expected, 'percent-encoded');
  t.strictSame(resolveSource(`relativize://${folder}`), expected);
  t.strictSame(resolveSource(`${folder}//`), expected, 'a slash at the end');
  t.strictSame(resolveSource('/'), { kind: 'folder', path: '/' });

  const repository = join(scratch, 'repository');
  makeRepository(repository, { a: 'b' });
  t.strictSame(resolveSource(repository), { kind: 'repository', address: repository });
  t.strictSame(resolveSource(`file://${repository}`), { kind: 'repository', address: repository });
  t.equal(resolveSource(`relativize://${repository}`).kind, 'folder');
  git(scratch, 'clone', '-q', '--bare', repository, 'bare.git');
  t.equal(resolveSource(join(scratch, 'bare.git')).kind, 'repository');
  t.equal(resolveSource(join(scratch, 'worktree')).kind, 'repository');
  mkdirSync(join(scratch, 'host:path'));
  t.equal(resolveSource(join(scratch, 'host:path')).kind, 'folder', 'what exists is a path');
});

t.test('remote repositories by form', async (t) => {
  for (const address of [
    'https://example.org/r.git',
    'http://user:password@example.org:8080/r',
    'ssh://git@example.org/r',
    'git://example.org/r',
    'git@example.org:group/r.git',
    'example.org:r',
    'git:r',
  ]) {
    t.strictSame(resolveSource(address), { kind: 'repository', address });
  }
});

t.test('what is no source', async (t) => {
  const scratch = t.testdir();
  writeFileSync(join(scratch, 'file'), '');
  t.throws(() => resolveSource(join(scratch, 'absent')), { code: 'NO_INPUT' });
  t.throws(() => resolveSource(join(scratch, 'file')), {
    code: 'NO_INPUT',
    message: /neither a folder nor a tar or zip/,
  });
  symlinkSync('loop', join(scratch, 'loop'));
  for (const path of [join(scratch, 'loop/a'), join(scratch, 'a'.repeat(300))]) {
    t.throws(() => resolveSource(path), { code: 'NO_INPUT', message: `${path}: ` });
  }
  // Its first byte cannot be read.
  const unreadable = '/proc/self/mem';
  if (existsSync(unreadable)) {
    t.throws(() => resolveSource(unreadable), { name: 'ToolError', message: unreadable });
  }
  t.throws(() => resolveSource('relativize://absent'), { code: 'NO_INPUT' });
  t.throws(() => resolveSource('file://absent'), { code: 'USAGE' });
  for (const source of ['', 'file://', 'relativize://']) {
    t.throws(
      () => resolveSource(source),
      { code: 'USAGE' },
      `nothing stands for no folder: ${source}`,
    );
  }
  for (const source of ['ftp://u:secret@example.org/r', 'https:/u:secret@example.org/r']) {
    t.throws(() => resolveSource(source), { code: 'USAGE', message: /^((?!secret).)*$/ }, source);
  }
  t.throws(() => resolveSource('file:/absent'), {
    code: 'USAGE',
    message: /begins with file:\/\/,/,
  });
});
