// node:fs as two images change it, and take that back in any order.

// node:fs as two images change it, and take that back in any order.
import fs, { mkdirSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { register } from '../../../../../guest/host/modules/fs/index.ts';
import { patchRequire } from '../../../../../guest/host/modules/patched-require.ts';
import { makeImage } from '../../../../../image-tools/index.ts';

const folder = t.testdir();

async function imageOf(name: string): Promise<string> {
  const source = join(folder, `${name}-source`);
  mkdirSync(source);
  writeFileSync(join(source, 'name.txt'), name);
  const image = join(folder, `${name}.img`);
  await makeImage({ source, image });
  return image;
}

const [one, two] = [await imageOf('one'), await imageOf('two')];
const outside = join(folder, 'outside.txt');
writeFileSync(outside, 'outside');

t.test('descriptors of two images', async (t) => {
  const images = [register(one), register(two)];
  t.teardown(() => images.forEach(({ unregister }) => void unregister()));
  const opened = images.map(({ at }) => fs.openSync(`${at}/name.txt`, 'r'));
  const read = (fd: number) => {
    const bytes = Buffer.alloc(3);
    return fs.readSync(fd, bytes, 0, 3, 0) === 3 && String(bytes);
  };
  t.same(opened.map(read), ['one', 'two']);
  for (const fd of opened) {
    fs.closeSync(fd);
    t.throws(() => fs.closeSync(fd), { code: 'EBADF' });
  }
});

t.test('what hangs on functions still works elsewhere', async (t) => {
  const { at, unregister } = register(one);
  t.teardown(unregister);
  t.equal(fs.realpathSync.native(outside), fs.realpathSync(outside));
  t.equal(fs.realpathSync.native(`${at}/name.txt`), `${at}/name.txt`);
  // What promisify makes of it is of its own.
  const exists = promisify(fs.exists);
  t.equal(await exists(outside), true);
  t.equal(await exists(`${at}/name.txt`), true);
  t.equal(await exists(`${at}/none`), false);
  const read = promisify(fs.read) as unknown as (
    ...args: unknown[]
  ) => Promise<{ bytesRead: number; buffer: Buffer }>;
  for (const [path, text] of [
    [outside, 'out'],
    [`${at}/name.txt`, 'one'],
  ] as const) {
    const fd = fs.openSync(path, 'r');
    const { bytesRead, buffer } = await read(fd, Buffer.alloc(3), 0, 3, 0);
    t.same([bytesRead, String(buffer)], [3, text]);
    fs.closeSync(fd);
  }
});

t.test('the first image goes before the second, and somebody else was between them', async (t) => {
  const first = register(one);
  const theirs = fs.existsSync;
  fs.existsSync = (path) => theirs(path);
  const second = register(two);
  first.unregister();
  t.equal(fs.readFileSync(`${second.at}/name.txt`, 'utf8'), 'two');
  t.equal(fs.existsSync(`${second.at}/name.txt`), true);
  t.throws(() => fs.readFileSync(`${first.at}/name.txt`), { code: 'ENOTDIR' });
  second.unregister();
  t.throws(() => fs.readFileSync(`${second.at}/name.txt`), { code: 'ENOTDIR' });
  t.equal(fs.existsSync(outside), true);
  t.throws(
    () => fs.readFileSync(`${first.at}/name.txt`),
    { code: 'ENOTDIR' },
    'and not a closed image',
  );
  fs.existsSync = theirs;
  t.equal(fs.readFileSync(outside, 'utf8'), 'outside');
});

t.test('require, when the first goes before the second', async (t) => {
  const loader = Module as unknown as { _resolveFilename(request: string): string };
  const undoFirst = patchRequire((specifier) => (specifier === 'first' ? '/first' : undefined));
  const undoSecond = patchRequire((specifier) => (specifier === 'second' ? '/second' : undefined));
  undoFirst();
  t.equal(loader._resolveFilename('second'), '/second');
  t.throws(() => loader._resolveFilename('first'), { code: 'MODULE_NOT_FOUND' });
  undoSecond();
  t.throws(() => loader._resolveFilename('first'), { code: 'MODULE_NOT_FOUND' });
  t.throws(() => loader._resolveFilename('second'), { code: 'MODULE_NOT_FOUND' });
});
