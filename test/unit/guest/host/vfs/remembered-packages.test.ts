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
