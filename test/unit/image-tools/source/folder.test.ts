import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeTree, type Oid, oidToHex } from '#format';
import { identityOf } from '../../../../image-tools/files/folder-handle.ts';
import { readObject } from '../../../../image-tools/pack/source-content.ts';
import { type Scan, type ScanOptions, scanFolder } from '../../../../image-tools/source/folder.ts';
import type { ObjectList } from '../../../../image-tools/source/objects.ts';
import { git } from '../../../fixtures/git.ts';

async function scan(
  root: string,
  options: { compat?: boolean; omit?: string; exclude?: (path: string) => boolean } = {},
): Promise<Scan & { skipped: Record<string, string> }> {
  const skipped: Record<string, string> = {};
  const result = await scanFolder({
    root: Buffer.from(root),
    compat: options.compat ?? false,
    omit: options.omit,
    exclude: (path) => options.exclude?.(Buffer.from(path).toString()) ?? false,
    onSkip: (path, reason) => {
      skipped[path.slice(root.length + 1)] = reason;
    },
  });
  return { ...result, skipped };
}

function readRow(objects: ObjectList, row: number): Uint8Array {
  const content = new Uint8Array(objects.sizeOf(row));
  readObject(objects, row, content);
  return content;
}

/** All paths of a scan with their modes, and the contents of blobs. */
function flatten({ objects, tree }: Scan): Record<string, string> {
  const contentOf = (oid: Oid) => Buffer.from(readRow(objects, objects.find(oid) as number));
  const paths: Record<string, string> = {};
  const visit = (oid: Oid, prefix: string) => {
    for (const { mode, name, oid: child } of decodeTree(contentOf(oid))) {
      const path = prefix + Buffer.from(name).toString('latin1');
      const isTree = mode === 0o40000;
      paths[path] = `${mode.toString(8)} ${isTree ? '' : contentOf(child).toString('latin1')}`;
      if (isTree) visit(child, `${path}/`);
    }
  };
  visit(tree, '');
  return paths;
}

function writeSample(folder: string): void {
  mkdirSync(join(folder, 'empty'), { recursive: true });
  mkdirSync(join(folder, 'dir/deeper'), { recursive: true });
  writeFileSync(join(folder, 'run'), '#!/bin/sh\n');
  chmodSync(join(folder, 'run'), 0o755);
  writeFileSync(join(folder, '.hidden'), 'h');
  writeFileSync(join(folder, 'dir/deeper/file'), 'content');
  writeFileSync(join(folder, 'dir.txt'), 'sorts before dir/');
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x0a])]), 'bytes');
  symlinkSync('dir/deeper', join(folder, 'to-folder'));
  symlinkSync('nowhere', join(folder, 'dangling'));
}

t.test('everything in a folder is kept', async (t) => {
  const folder = t.testdir();
  writeSample(folder);
  const result = await scan(folder);
  t.strictSame(flatten(result), {
    '.hidden': '100644 h',
    dangling: '120000 nowhere',
    dir: '40000 ',
    'dir.txt': '100644 sorts before dir/',
    'dir/deeper': '40000 ',
    'dir/deeper/file': '100644 content',
    empty: '40000 ',
    run: '100755 #!/bin/sh\n',
    'to-folder': '120000 dir/deeper',
    '\xff\n': '100644 bytes',
  });
  t.equal(result.files, 5);
  t.strictSame(result.skipped, {});
});

t.test('the root is the one that git gives, where git can', async (t) => {
  const folder = t.testdir();
  writeSample(folder);
  rmSync(join(folder, 'empty'), { recursive: true });
  const { tree } = await scan(folder);
  git(folder, 'init', '-q');
  git(folder, 'add', '-A');
  t.equal(oidToHex(tree), git(folder, 'write-tree').toString().trim());
  const again = await scan(folder);
  t.equal(oidToHex(again.tree), oidToHex(tree));
  t.strictSame(again.skipped, { '.git': "a Git repository's own data" });
});

t.test('compat: links followed, every file 100644', async (t) => {
  const folder = t.testdir();
  writeSample(folder);
  const result = await scan(folder, { compat: true });
  const paths = flatten(result);
  t.equal(paths.run, '100644 #!/bin/sh\n');
  t.equal(paths['to-folder/file'], '100644 content');
  t.strictSame(result.skipped, { dangling: 'a link without a target' });

  symlinkSync('..', join(folder, 'dir/up'));
  await t.rejects(scan(folder, { compat: true }), { code: 'REFUSED', message: /dir\/up/ });
  rmSync(join(folder, 'dir/up'));
  symlinkSync('self', join(folder, 'self'));
  t.match((await scan(folder, { compat: true })).skipped, { self: 'a link that leads to itself' });
});

t.test('special files are named', async (t) => {
  const folder = t.testdir({ kept: '' });
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  const result = await scan(folder);
  t.strictSame(result.skipped, { fifo: 'a FIFO' });
  t.strictSame(Object.keys(flatten(result)), ['kept']);
});

t.test('what is excluded, and the image itself', async (t) => {
  const folder = t.testdir({ a: 'a', dir: { b: 'b' }, 'disk.img': 'old' });
  const omit = identityOf(statSync(join(folder, 'disk.img'), { bigint: true }));
  const result = await scan(folder, { omit, exclude: (path) => path === 'dir' });
  t.strictSame(flatten(result), { a: '100644 a' });
  t.strictSame(result.skipped, { 'disk.img': 'the image itself' });
});

t.test('objects are listed once, with the path at which they were met first', async (t) => {
  const folder = t.testdir({ a: 'same', b: { c: 'same' } });
  const { objects } = await scan(folder);
  const hints = Array.from({ length: objects.count }, (_, row) =>
    Buffer.from(objects.hintOf(row)).toString(),
  );
  t.strictSame(hints, ['a', 'b', '']);
});

t.test('threads hash what one thread does, and tell of what they cannot read', async (t) => {
  const root = t.testdir();
  for (let i = 0; i < 1700; i++) writeFileSync(join(root, `f-${1000 + i}`), `file ${i % 1500}`);
  chmodSync(join(root, 'f-2600'), 0o755);
  const scanWith = (jobs: number, more: Partial<ScanOptions> = {}) =>
    scanFolder({
      ...{ root: Buffer.from(root), compat: false, exclude: () => false, jobs },
      ...{ onSkip: () => undefined, ...more },
    });
  const [alone, together] = [await scanWith(1), await scanWith(3)];
  t.equal(oidToHex(together.tree), oidToHex(alone.tree));
  t.equal(together.files, 1700);
  t.equal(together.bytes, alone.bytes);
  const idsOf = ({ objects }: Scan) =>
    Array.from({ length: objects.count }, (_, row) => oidToHex(objects.oidOf(row)));
  t.strictSame(idsOf(together), idsOf(alone));

  const skipped: string[] = [];
  const omit = identityOf(statSync(join(root, 'f-2650'), { bigint: true }));
  const without = await scanWith(3, { omit, onSkip: (path) => skipped.push(path) });
  t.equal(without.files, 1699);
  t.strictSame(skipped, [join(root, 'f-2650')]);

  const last = 'f-2699';
  const exclude = (path: Uint8Array) => {
    if (Buffer.from(path).toString() === last) rmSync(join(root, last));
    return false;
  };
  const message = `${join(root, last)}: vanished while the folder was read`;
  await t.rejects(scanWith(3, { exclude }), { code: 'CHANGED', message });
});

t.test('files that change, vanish or cannot be read', async (t) => {
  const folder = t.testdir({ a: 'aaaa', b: 'bbbb', c: 'cccc' });
  const { objects } = await scan(folder);
  const rowOf = (name: string) =>
    Array.from({ length: objects.count }, (_, row) => row).find(
      (row) => Buffer.from(objects.hintOf(row)).toString() === name,
    ) as number;
  writeFileSync(join(folder, 'a'), 'xaaa');
  truncateSync(join(folder, 'b'), 2);
  rmSync(join(folder, 'c'));
  for (const name of ['a', 'b', 'c']) {
    t.throws(() => readRow(objects, rowOf(name)), {
      code: 'CHANGED',
      message: new RegExp(`/${name}: `),
    });
  }
  writeFileSync(join(folder, 'b'), 'bbbbb');
  t.throws(() => readRow(objects, rowOf('b')), { code: 'CHANGED' }, 'grown');
});

t.test('a folder 1,000 deep, and one of 20,000 files', async (t) => {
  const folder = t.testdir();
  mkdirSync(join(folder, ...Array<string>(1000).fill('d')), { recursive: true });
  mkdirSync(join(folder, 'wide'));
  for (let i = 0; i < 20_000; i++) writeFileSync(join(folder, 'wide', `${i}`), `${i % 100}`);
  const result = await scan(folder);
  t.equal(result.files, 20_000);
  t.equal(result.objects.count, 100 + 1001 + 2 - 1 + 0);
  t.equal(readdirSync(folder).length, 2);
});
