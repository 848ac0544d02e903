import { join } from 'node:path';
import t from 'tap';
import { createFs } from '../../../../../guest/host/fs/index.ts';
import { openImageFile } from '../../../../../guest/host/index.ts';
import { rememberPackages } from '../../../../../guest/host/vfs/remembered-packages.ts';
import { makeImage } from '../../../../../image-tools/index.ts';

t.test('a package.json is looked up once, and every answer is its own', async (t) => {
  const scratch = t.testdir({
    app: {
      'package.json': '{}',
      'a.js': 'a',
      large: { 'package.json': `{${' '.repeat(70_000)}}` },
      odd: { 'package.json': { 'a.js': '' } },
    },
  });
  const file = join(scratch, 'app.img');
  await makeImage({ source: join(scratch, 'app'), image: file });
  using image = openImageFile(file);
  const fs = createFs(image);
  const calls: string[] = [];
  const counted = {
    ...fs,
    statSync: (...args: [string]) => calls.push(`stat ${args[0]}`) && fs.statSync(...args),
    readFileSync: (...args: [string]) => calls.push(`read ${args[0]}`) && fs.readFileSync(...args),
  } as unknown as typeof fs;
  const { statSync, readFileSync } = rememberPackages(counted);

  for (const path of ['/package.json', '/large/package.json', '/odd/package.json', '/a.js']) {
    for (let i = 0; i < 2; i++) {
      const stats = statSync(path);
      t.strictSame(stats, fs.statSync(path), path);
      t.equal(Object.getPrototypeOf(stats), Object.getPrototypeOf(fs.statSync(path)), path);
      stats.size = 77;
      t.type(statSync(path, { bigint: true }).size, 'bigint', path);
      if (path.startsWith('/odd')) {
        t.throws(() => readFileSync(path), { code: 'EISDIR' });
      } else {
        const content = readFileSync(path);
        t.ok(content.equals(fs.readFileSync(path)), path);
        content.fill(0);
        t.equal(readFileSync(path, 'utf8'), fs.readFileSync(path, 'utf8'), path);
      }
    }
  }
  for (const path of ['/absent/package.json', '/a.js/package.json']) {
    for (let i = 0; i < 2; i++) {
      const wanted = t.throws(() => fs.statSync(path)) as NodeJS.ErrnoException;
      const { code, errno, syscall, message } = wanted;
      t.throws(() => statSync(path), { code, errno, syscall, message, path });
      t.equal(statSync(path, { throwIfNoEntry: false }), undefined);
      t.throws(() => readFileSync(path), { code, syscall: 'open' });
    }
  }
  const count = (call: string) => calls.filter((one) => one === call).length;
  t.equal(count('stat /absent/package.json'), 1);
  t.equal(count('read /large/package.json'), 4, 'what is long is not kept');
  t.equal(count('read /package.json'), 3, 'once, and each text');
});

/** The file system of an image that is made up, and what it was asked for. */
function madeUp(answer: { stat(path: string): unknown; read(path: string): Buffer }) {
  const calls: string[] = [];
  const fs = {
    statSync(path: string) {
      calls.push(`stat ${path}`);
      return answer.stat(path);
    },
    readFileSync(path: string) {
      calls.push(`read ${path}`);
      return answer.read(path);
    },
  };
  return { calls, ...rememberPackages(fs as unknown as Parameters<typeof rememberPackages>[0]) };
}

function missing(): never {
  throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
}

t.test('what is remembered is bounded: paths, and bytes', async (t) => {
  const absent = madeUp({ stat: missing, read: missing });
  for (let i = 0; i < 10_001; i++) {
    absent.statSync(`/${i}/package.json`, { throwIfNoEntry: false });
  }
  absent.statSync('/0/package.json', { throwIfNoEntry: false });
  t.equal(absent.calls.length, 10_002, 'forgotten');

  const size = 60_000;
  const large = madeUp({ stat: () => ({ size }), read: () => Buffer.alloc(size) });
  for (let i = 0; i < 200; i++) large.readFileSync(`/${i}/package.json`);
  large.readFileSync('/0/package.json');
  t.equal(large.calls.filter((call) => call === 'read /0/package.json').length, 2, 'read again');
});

t.test(
  'a look that failed, for another reason than that nothing is there, is not the last',
  async (t) => {
    let isBroken = true;
    const { statSync } = madeUp({
      stat() {
        if (isBroken) throw Object.assign(new Error('EIO'), { code: 'EIO' });
        return { size: 5 };
      },
      read: missing,
    });
    t.throws(() => statSync('/package.json'), { code: 'EIO' });
    isBroken = false;
    t.match(statSync('/package.json'), { size: 5 });
  },
);
