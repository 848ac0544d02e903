// Folders and files that somebody swaps while they are read or written: by descriptors, nothing else is met.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { FolderHandle } from '../../../../image-tools/files/folder-handle.ts';
import { replaceFile } from '../../../../image-tools/files/output-file.ts';
import { withTemporaryFolder } from '../../../../image-tools/files/temporary-folder.ts';
import { readContent } from '../../../../image-tools/pack/source-content.ts';
import { type Scan, scanFolder } from '../../../../image-tools/source/folder.ts';
import { isRoot } from '../../../fixtures/processes.ts';

/** Scans a folder; `before` is told of each path before it is read. */
function scan(root: string, before: (path: string) => void = () => undefined): Promise<Scan> {
  return scanFolder({
    root: Buffer.from(root),
    compat: false,
    onSkip: () => undefined,
    exclude: (path) => {
      before(Buffer.from(path).toString());
      return false;
    },
  });
}

const hints = ({ objects }: Scan) =>
  Array.from({ length: objects.count }, (_, row) => Buffer.from(objects.hintOf(row)).toString());

function contentOf({ objects }: Scan, hint: string): string {
  const row = hints({ objects } as Scan).indexOf(hint);
  const out = new Uint8Array(objects.sizeOf(row));
  readContent(objects, row, out);
  return Buffer.from(out).toString();
}

/** Puts a link to `secret` in the place of `folder`. */
function swap(folder: string, secret: string): void {
  renameSync(folder, `${folder}.moved`);
  symlinkSync(secret, folder);
}

t.test('a folder that becomes a link before it is read', async (t) => {
  const root = t.testdir({ in: { a: 'a', z: { mine: 'mine' } }, secret: { key: 'secret' } });
  const scanned = scan(join(root, 'in'), (path) => {
    if (path === 'a') swap(join(root, 'in/z'), join(root, 'secret'));
  });
  await t.rejects(scanned, { code: 'CHANGED', message: `${root}/in/z: changed while it was read` });
});

t.test('a folder that becomes a link while it is read', async (t) => {
  const names = { one: '1', two: '2', three: '3' };
  const root = t.testdir({ in: { d: { e: names } }, secret: { e: { ...names, two: 'S' } } });
  const scanned = await scan(join(root, 'in'), (path) => {
    if (path === 'd/e/three') swap(join(root, 'in/d'), join(root, 'secret'));
  });
  t.notOk(hints(scanned).includes('d/e/S'));
  t.throws(() => contentOf(scanned, 'd/e/two'), { code: 'CHANGED' }, 'not read through the link');
  scanned.objects.close();
  rmSync(join(root, 'in/d'));
  renameSync(join(root, 'in/d.moved'), join(root, 'in/d'));
  t.equal(contentOf(scanned, 'd/e/two'), '2');
  scanned.objects.close();
});

t.test('the root itself is another folder', async (t) => {
  const root = t.testdir({ in: { a: 'x' }, other: { a: 'S' } });
  const scanned = await scan(join(root, 'in'));
  renameSync(join(root, 'in'), join(root, 'moved'));
  renameSync(join(root, 'other'), join(root, 'in'));
  t.throws(() => contentOf(scanned, 'a'), { code: 'CHANGED' });
});

t.test('a file that becomes a link or a FIFO', async (t) => {
  const root = t.testdir({ in: { a: 'x', b: 'y', empty: '' }, secret: 'S' });
  const scanned = await scan(join(root, 'in'));
  rmSync(join(root, 'in/a'));
  symlinkSync('../secret', join(root, 'in/a'));
  for (const name of ['b', 'empty']) {
    rmSync(join(root, 'in', name));
    execFileSync('mkfifo', [join(root, 'in', name)]);
  }
  for (const name of ['a', 'b', 'empty']) {
    t.throws(() => contentOf(scanned, name), { code: 'CHANGED' }, name);
  }
  scanned.objects.close();
});

t.test('many folders, deep ones, and files of one name in each', async (t) => {
  const root = t.testdir();
  const levels = Array.from({ length: 120 }, (_, i) => `d${i}`);
  mkdirSync(join(root, ...levels), { recursive: true });
  levels.forEach((_, i) => {
    writeFileSync(join(root, ...levels.slice(0, i), 'file'), `${i}`);
  });
  const scanned = await scan(root);
  t.equal(scanned.files, 120);
  for (const i of [0, 119, 60, 1]) {
    t.equal(contentOf(scanned, [...levels.slice(0, i), 'file'].join('/')), `${i}`);
  }
  scanned.objects.close();
});

t.test('one name at a time', async (t) => {
  const folder = FolderHandle.open(Buffer.from(t.testdir({ a: { b: '' } })));
  t.teardown(() => folder.close());
  for (const name of ['', '.', '..', 'a/b', '/etc']) {
    t.throws(() => folder.stat(Buffer.from(name)), { message: `not one name: ${name}` });
  }
});

t.test('a temporary folder that is swapped: nobody else has anything changed', async (t) => {
  const root = t.testdir({ out: { 'disk.img': 'old' }, secret: 'secret' });
  const [secret, out] = [join(root, 'secret'), join(root, 'out')];
  chmodSync(secret, 0o600);
  chmodSync(join(out, 'disk.img'), 0o666);
  await replaceFile(join(out, 'disk.img'), (fd, { folder }) => {
    const temporary = join(out, basename(folder.path.toString()));
    renameSync(temporary, join(out, 'moved'));
    mkdirSync(temporary);
    symlinkSync(secret, join(temporary, 'disk.img'));
    writeSync(fd, 'new');
  });
  t.equal(statSync(secret).mode & 0o777, 0o600);
  t.equal(readFileSync(secret, 'utf8'), 'secret');
  t.equal(readFileSync(join(out, 'disk.img'), 'utf8'), 'new');
  t.strictSame(readdirSync(out), ['disk.img', 'moved']);
});

t.test('another file in the place of ours is not renamed', async (t) => {
  const root = t.testdir({ out: { 'disk.img': 'old' } });
  const path = join(root, 'out/disk.img');
  const written = replaceFile(path, (fd, { folder }) => {
    const temporary = join(folder.path.toString(), 'disk.img');
    rmSync(temporary);
    writeFileSync(temporary, 'another');
    writeSync(fd, 'new');
  });
  await t.rejects(written, { code: 'CHANGED', message: /another file appeared there while/ });
  t.equal(readFileSync(path, 'utf8'), 'old');
  t.strictSame(readdirSync(join(root, 'out')), ['disk.img']);
});

t.test('a link that is put at the destination meanwhile is replaced, not followed', async (t) => {
  const root = t.testdir({ out: {}, secret: 'secret' });
  chmodSync(join(root, 'secret'), 0o666);
  const path = join(root, 'out/disk.img');
  await replaceFile(path, (fd) => {
    symlinkSync('../secret', path);
    writeSync(fd, 'new');
  });
  t.ok(lstatSync(path).isFile());
  t.equal(statSync(path).mode & 0o022, 0, 'nor are its permissions taken');
  t.equal(readFileSync(join(root, 'secret'), 'utf8'), 'secret');
});

t.test(
  'links of others where everybody may put one',
  { skip: !isRoot && 'root only' },
  async (t) => {
    const root = t.testdir({ shared: {}, mine: { file: 'old' } });
    const shared = join(root, 'shared');
    chmodSync(shared, 0o1777);
    symlinkSync('../mine/file', join(shared, 'file'));
    symlinkSync('../mine', join(shared, 'folder'));
    const write = (path: string) => replaceFile(path, (fd) => void writeSync(fd, 'new'));
    for (const path of ['file', 'folder/file']) await write(join(shared, path));
    for (const name of ['file', 'folder']) lchownSync(join(shared, name), 65534, 65534);
    writeFileSync(join(root, 'mine/file'), 'old');
    for (const path of ['file', 'folder/file']) {
      await t.rejects(write(join(shared, path)), {
        code: 'CANNOT_CREATE',
        message: /cannot create: not followed: a link of user 65534 in [^ ]+shared, a folder/,
      });
    }
    t.equal(readFileSync(join(root, 'mine/file'), 'utf8'), 'old');
    lchownSync(shared, 65534, 65534);
    await write(join(shared, 'file'));
    t.equal(readFileSync(join(root, 'mine/file'), 'utf8'), 'new', "the folder's owner may put one");
    lchownSync(shared, 0, 0);
    chmodSync(shared, 0o777);
    await write(join(shared, 'file'));
  },
);

t.test('a folder for temporary files where anybody may swap it', async (t) => {
  const root = t.testdir({ open: {}, own: {} });
  const before = process.env.TMPDIR;
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  process.env.TMPDIR = join(root, 'open');
  chmodSync(join(root, 'open'), 0o777);
  const openFiles = () => readdirSync('/proc/self/fd').length;
  const filesBefore = openFiles();
  await t.rejects(
    withTemporaryFolder(async () => t.fail()),
    { code: 'CANNOT_CREATE', message: /anybody may replace files there/ },
  );
  t.equal(openFiles(), filesBefore, 'no descriptor stays open');
  chmodSync(join(root, 'open'), 0o1777);
  await withTemporaryFolder(async ({ path, checkPlace }) => {
    t.equal(statSync(path).mode & 0o777, 0o700);
    checkPlace();
    renameSync(path, `${path}.moved`);
    t.throws(checkPlace, { code: 'CHANGED' });
    mkdirSync(path);
    t.throws(checkPlace, { code: 'CHANGED' });
    rmSync(path, { recursive: true });
    renameSync(`${path}.moved`, path);
  });
  t.strictSame(readdirSync(join(root, 'open')), []);
});
