// An image through docteur/fs beside the folder that it was made of through node:fs: the same calls must
// give the same values and the same errors.
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { createFs, type ImageFs } from '../../guest/host/fs/index.ts';
import { openImageFile } from '../../guest/host/index.ts';
import { makeImage } from '../../image-tools/index.ts';

const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'docteur-fs-')));
const root = join(folder, 'files');
const path = (name: string) => join(root, name);
const file = join(folder, 'disk.img');

fs.mkdirSync(path('sub/deep'), { recursive: true });
fs.mkdirSync(path('empty'));
fs.writeFileSync(path('a.txt'), 'first line\nsecond line\n');
fs.writeFileSync(path('none'), '');
fs.writeFileSync(path('run.sh'), '#!/bin/sh\n', { mode: 0o755 });
fs.chmodSync(path('run.sh'), 0o755);
fs.writeFileSync(path('sub/big'), Buffer.alloc(300_000, 'big file '));
fs.writeFileSync(path('sub/deep/ü.txt'), 'umlaut');
// Stored as it is, for the most part of the image.
fs.writeFileSync(path('random'), randomBytes(200_000));
fs.writeFileSync(Buffer.concat([Buffer.from(path('sub/bad-')), Buffer.from([0xff])]), 'bytes');
fs.symlinkSync('sub/deep', path('link'));
fs.symlinkSync('nowhere', path('dangling'));
fs.symlinkSync('loop', path('loop'));
fs.symlinkSync('a.txt', path('to-file'));
await makeImage({ source: root, image: file });
const image = openImageFile(file);
const ours = createFs(image, { at: root });
t.teardown(() => {
  image.close();
  fs.rmSync(folder, { recursive: true });
});

/** Paths of every kind: found, missing, through links, through files, with dots, as bytes and addresses. */
const PATHS: fs.PathLike[] = [
  ...['', '/', 'a.txt', 'a.txt/', 'a.txt/b', 'none', 'run.sh', 'sub', 'sub/', 'sub/big', 'absent'],
  ...[
    'absent/b',
    'link',
    'link/',
    'link/ü.txt',
    'link/../big',
    'link/..',
    'sub/../a.txt',
    './sub/.',
  ],
  ...['sub//deep', 'dangling', 'loop', 'loop/a', 'to-file', 'to-file/', 'empty', 'a.txt/../none'],
  ...['absent/../a.txt', 'sub/deep/../../../files/a.txt'],
].map((name) => (name === '' ? root : `${root}/${name}`));
PATHS.push(Buffer.from(path('link/ü.txt')), pathToFileURL(path('a.txt')));
PATHS.push(Buffer.concat([Buffer.from(path('sub/bad-')), Buffer.from([0xff])]));

type CallsBack = (
  path: fs.PathLike,
  callback: (error: Error | null, value: unknown) => void,
) => void;
type Promises = (path: fs.PathLike) => Promise<unknown>;

interface Outcome {
  readonly value?: unknown;
  readonly error?: unknown;
}

/** What a failed call says; what the reader adds about the image is ours alone. */
function describe(error: unknown): Outcome {
  const { name, message, code, errno, syscall, path, dest } = error as NodeJS.ErrnoException & {
    dest?: string;
  };
  return { error: { name, message, code, errno, syscall, path: String(path), dest } };
}

function outcome(call: () => unknown): Outcome {
  try {
    return { value: plain(call()) };
  } catch (error) {
    return describe(error);
  }
}

async function later(call: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: plain(await call()) };
  } catch (error) {
    return describe(error);
  }
}

/** What of a value is the same for a folder and an image: no times, no numbers of inodes. */
function plain(value: unknown): unknown {
  if (value instanceof fs.Stats || (value as fs.BigIntStats)?.isFile !== undefined) {
    const stats = value as fs.Stats;
    if (stats instanceof fs.Dirent) {
      const { name, parentPath } = stats as fs.Dirent;
      return { name, parentPath, is: kinds(stats as never) };
    }
    const size = stats.isDirectory() ? 0 : stats.size;
    return { mode: Number(stats.mode) & 0o170111, size, is: kinds(stats), type: typeof stats.mode };
  }
  if (Array.isArray(value)) return value.map(plain).sort(byText);
  return value;
}

function byText(one: unknown, other: unknown): number {
  const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
  return a < b ? -1 : Number(a > b);
}

function kinds(stats: fs.Stats): boolean[] {
  return [
    ...[stats.isFile(), stats.isDirectory(), stats.isSymbolicLink(), stats.isFIFO()],
    ...[stats.isSocket(), stats.isBlockDevice(), stats.isCharacterDevice()],
  ];
}

/** Calls by path, of node:fs or of an image. */
const CALLS: Record<string, (api: ImageFs, path: fs.PathLike) => unknown> = {
  stat: (api, path) => api.statSync(path),
  'stat, no entry': (api, path) => api.statSync(path, { throwIfNoEntry: false }),
  'stat, big': (api, path) => api.statSync(path, { bigint: true }),
  lstat: (api, path) => api.lstatSync(path),
  exists: (api, path) => api.existsSync(path),
  access: (api, path) => api.accessSync(path),
  'access to read': (api, path) => api.accessSync(path, fs.constants.R_OK),
  readFile: (api, path) => api.readFileSync(path),
  'readFile, text': (api, path) => api.readFileSync(path, 'utf8'),
  'readFile, base64': (api, path) => api.readFileSync(path, { encoding: 'base64', flag: 'r' }),
  readdir: (api, path) => api.readdirSync(path),
  'readdir, bytes': (api, path) => api.readdirSync(path, 'buffer'),
  'readdir, kinds': (api, path) => api.readdirSync(path, { withFileTypes: true }),
  // Node's follows links here, and only here; ours goes round in no circles.
  'readdir, all': (api, path) =>
    api.readdirSync(path, { recursive: true }).filter((name) => !`${name}`.startsWith('link/')),
  'readdir, all kinds': (api, path) =>
    api
      .readdirSync(path, { recursive: true, withFileTypes: true })
      .filter(({ parentPath }) => !parentPath.endsWith('/link')),
  readlink: (api, path) => api.readlinkSync(path),
  'readlink, bytes': (api, path) => api.readlinkSync(path, 'buffer'),
  realpath: (api, path) => api.realpathSync.native(path),
  'realpath, bytes': (api, path) => api.realpathSync.native(path, 'buffer'),
  'open and read': (api, path) => {
    const fd = api.openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(20);
      const counts = [
        api.readSync(fd, buffer, 0, 5, null),
        api.readSync(fd, buffer, { offset: 5, length: 5 }),
        api.readSync(fd, buffer, 10, 5, 3),
        api.readSync(fd, buffer, { offset: 15, position: 1n }),
        api.readvSync(fd, [
          buffer.subarray(0, 2),
          new DataView(buffer.buffer, buffer.byteOffset, 3),
        ]),
        api.readvSync(fd, [buffer.subarray(0, 2)], 2),
      ];
      const rest = api.readFileSync(fd, 'latin1').length;
      return { counts, rest, buffer, stat: plain(api.fstatSync(fd)) };
    } finally {
      api.closeSync(fd);
    }
  },
  'open as a directory': (api, path) =>
    api.closeSync(api.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)),
  'open no link': (api, path) =>
    api.closeSync(api.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)),
  opendir: (api, path) => {
    let directory: fs.Dir;
    try {
      directory = api.opendirSync(path);
    } catch (error) {
      // Node's error does not say which path.
      const { code, syscall } = error as NodeJS.ErrnoException;
      return { code, syscall };
    }
    const names = [];
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      names.push(entry);
    }
    directory.closeSync();
    return plain(names);
  },
};

t.test('every synchronous call, for every kind of path', async (t) => {
  for (const [name, call] of Object.entries(CALLS)) {
    for (const path of PATHS) {
      // Node's names what is below by a path that it has shortened, as if `link` were a directory.
      if (name.startsWith('readdir, all') && String(path).endsWith('link/..')) continue;
      const wanted = outcome(() => call(fs, path));
      t.strictSame(
        outcome(() => call(ours, path)),
        wanted,
        `${name} ${String(path).slice(root.length)}`,
      );
    }
  }
});

t.test('what calls back and what promises gives the same', async (t) => {
  for (const path of PATHS) {
    for (const name of [
      'stat',
      'lstat',
      'access',
      'readFile',
      'readdir',
      'readlink',
      'exists',
    ] as const) {
      const call = (api: ImageFs) => () =>
        promisify<fs.PathLike, unknown>(api[name] as never as CallsBack)(path);
      t.strictSame(await later(call(ours)), await later(call(fs)), `${name} ${path}`);
      if (name === 'exists') continue;
      const promise = (api: ImageFs) => () => (api.promises[name] as Promises)(path);
      const [got, wanted] = [await later(promise(ours)), await later(promise(fs))];
      t.strictSame(got, wanted, `promises.${name} ${path}`);
    }
  }
});

t.test('arguments that make no sense', async (t) => {
  const fd = ours.openSync(path('a.txt'), 'r');
  const real = fs.openSync(path('a.txt'), 'r');
  const wrong: [string, (api: ImageFs, fd: number) => unknown][] = [
    ['no path', (api) => api.lstatSync(undefined as never)],
    ['a path with NUL', (api) => api.statSync('/a\0b')],
    ['an encoding', (api) => api.readFileSync(path('a.txt'), 'utf-9' as never)],
    ['a closed descriptor', (api) => api.readFileSync(2 ** 30 - 1)],
    ['an offset', (api, fd) => api.readSync(fd, Buffer.alloc(4), 5, 1, 0)],
    ['a length', (api, fd) => api.readSync(fd, Buffer.alloc(4), 0, 5, 0)],
    ['a position', (api, fd) => api.readSync(fd, Buffer.alloc(4), 0, 4, -2)],
    ['no buffer', (api, fd) => api.readSync(fd, 'text' as never)],
    ['a flag', (api) => api.openSync(path('a.txt'), 'zz')],
    ['a flag that is none', (api) => api.openSync(path('a.txt'), {} as never)],
    ['a mode', (api) => api.accessSync(path('a.txt'), 99)],
    ['a mode in words', (api) => api.accessSync(path('a.txt'), 'x' as never)],
    ['no callback', (api) => api.stat(path('a.txt'), undefined as never)],
  ];
  const codeOf = (call: () => unknown) => {
    const { code, syscall } = (outcome(call).error ?? {}) as NodeJS.ErrnoException;
    return { code, syscall };
  };
  for (const [name, call] of wrong) {
    t.strictSame(
      codeOf(() => call(ours, fd)),
      codeOf(() => call(fs, real)),
      name,
    );
  }
  ours.closeSync(fd);
  fs.closeSync(real);
  t.match(
    outcome(() => ours.closeSync(fd)),
    { error: { code: 'EBADF' } },
    'closed twice',
  );
  t.match(
    outcome(() => ours.fstatSync(0)),
    { error: { code: 'EBADF' } },
    "the process's own file",
  );
});

t.test('calls that are aborted', async (t) => {
  const signal = AbortSignal.abort('enough');
  const aborted = async (call: () => Promise<unknown>) => {
    const error = await call().then(
      () => undefined,
      (error) => error as NodeJS.ErrnoException,
    );
    return { name: error?.name, code: error?.code, message: error?.message, cause: error?.cause };
  };
  for (const read of [
    (api: ImageFs) => api.promises.readFile(path('a.txt'), { signal }),
    (api: ImageFs) => promisify(api.readFile)(path('a.txt'), { signal } as never),
    async (api: ImageFs) => {
      const handle = await api.promises.open(path('a.txt'));
      return handle.readFile({ signal } as never).finally(() => handle.close());
    },
  ]) {
    t.strictSame(await aborted(() => read(ours)), await aborted(() => read(fs)), String(read));
  }
});

t.test('directories opened with all that is below', async (t) => {
  const names = async (api: ImageFs) => {
    const found: string[] = [];
    for await (const { name, parentPath } of await api.promises.opendir(root, {
      recursive: true,
    })) {
      if (!parentPath.endsWith('/link')) found.push(`${parentPath}/${name}`);
    }
    return found.sort();
  };
  t.strictSame(await names(ours), await names(fs));
});

t.test('streams', async (t) => {
  const read = async (api: ImageFs, name: string, options?: object | string) => {
    const parts: (Buffer | string)[] = [];
    for await (const part of api.createReadStream(path(name), options as object)) parts.push(part);
    return typeof parts[0] === 'string' ? parts.join('') : Buffer.concat(parts as Buffer[]);
  };
  for (const options of [
    {},
    { start: 7 },
    { start: 100, end: 70_000 },
    'utf8',
    { highWaterMark: 99 },
  ]) {
    for (const name of ['sub/big', 'a.txt', 'none', 'absent', 'sub']) {
      const [got, wanted] = [
        await later(() => read(ours, name, options)),
        await later(() => read(fs, name, options)),
      ];
      t.strictSame(got, wanted, `${name} ${JSON.stringify(options)}`);
    }
  }
  const handle = await ours.promises.open(path('a.txt'));
  const lines: string[] = [];
  for await (const line of handle.readLines()) lines.push(line);
  t.strictSame(lines, ['first line', 'second line']);
  await new Promise((resolve) => (handle.fd === -1 ? resolve(0) : once(handle, resolve)));
  t.equal(handle.fd, -1, 'closed with its stream');
});

function once(handle: unknown, call: (value: unknown) => void): void {
  (handle as NodeJS.EventEmitter).once('close', call);
}

t.test('handles of promises', async (t) => {
  const use = async (api: ImageFs) => {
    const handle = await api.promises.open(path('sub/big'));
    const closed = new Promise((resolve) => once(handle, resolve));
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(10), 0, 10, 5);
    const { bytesRead: none } = await handle.read({ buffer: Buffer.alloc(4), position: 400_000 });
    const size = (await handle.stat()).size;
    const all = await handle.readFile();
    await handle.close();
    await closed;
    return { bytesRead, buffer, none, size, length: all.length, fd: handle.fd };
  };
  t.strictSame(await use(ours), await use(fs));
  const directory = await ours.promises.opendir(root);
  const names: string[] = [];
  for await (const { name } of directory) names.push(name);
  t.strictSame(names.sort(), fs.readdirSync(root).sort());
});

t.test('web streams of handles: read, cancelled, and with what becomes of the file', async (t) => {
  const use = async (api: ImageFs, autoClose: boolean) => {
    const results: unknown[] = [];
    for (const isCancelled of [true, false]) {
      const handle = await api.promises.open(path('sub/big'));
      const stream = handle.readableWebStream({ autoClose });
      const hash = createHash('sha1');
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        if (isCancelled) break;
      }
      const isOpen = handle.fd !== -1;
      if (isOpen) results.push((await handle.stat()).size);
      await handle.close();
      results.push(isOpen, isCancelled || hash.digest('hex'));
    }
    return results;
  };
  t.strictSame(await use(ours, false), await use(fs, false));
  t.same((await use(ours, true)).slice(0, 1), [false], 'closed where that is asked for');
});

t.test('whatever writes is refused, and what is there already needs no writing', async (t) => {
  const writes: ((api: ImageFs) => unknown)[] = [
    (api) => api.writeFileSync(path('new'), ''),
    (api) => api.appendFileSync(path('a.txt'), ''),
    (api) => api.openSync(path('a.txt'), 'r+'),
    (api) => api.openSync(path('a.txt'), 'w'),
    (api) => api.openSync(path('a.txt'), fs.constants.O_RDWR),
    (api) => api.mkdirSync(path('new')),
    (api) => api.rmSync(path('a.txt')),
    (api) => api.unlinkSync(path('a.txt')),
    (api) => api.renameSync(path('a.txt'), path('b')),
    (api) => api.accessSync(path('a.txt'), fs.constants.W_OK),
    (api) => api.chmodSync(path('a.txt'), 0),
  ];
  for (const write of writes) {
    t.match(
      outcome(() => write(ours)),
      { error: { code: 'EROFS' } },
      String(write),
    );
  }
  await t.rejects(ours.promises.writeFile(path('new'), ''), { code: 'EROFS' });
  await t.rejects(promisify(ours.unlink)(path('a.txt')), { code: 'EROFS' });
  t.equal(ours.mkdirSync(path('sub'), { recursive: true }), undefined);
  t.match(
    outcome(() => ours.mkdirSync(path('sub'))),
    { error: { code: 'EEXIST' } },
  );
  ours.rmSync(path('absent'), { force: true });
  const stream = ours.createWriteStream(path('new'));
  const [error] = await new Promise<[NodeJS.ErrnoException]>((resolve) =>
    stream.once('error', (error) => resolve([error])),
  );
  t.equal(error.code, 'EROFS');
});

t.test('an image of its own: relative paths count from its root', async (t) => {
  const own = createFs(image.fs);
  t.equal(own.readFileSync('a.txt', 'utf8'), own.readFileSync('/a.txt', 'utf8'));
  t.equal(own.realpathSync('link'), '/sub/deep');
  t.match(
    outcome(() => own.statSync(root)),
    { error: { code: 'ENOENT' } },
  );
  t.not(own.statSync('/').dev, ours.statSync(root).dev, 'two images are two devices');
  t.match(
    outcome(() => createFs(image, { at: 'relative' })),
    {
      error: { message: /absolute path/ },
    },
  );
});

t.test('a damaged image is EIO, with the reason', async (t) => {
  const bytes = fs.readFileSync(file);
  const damaged = join(folder, 'damaged.img');
  // The objects, not the head and the end, which an image is opened with.
  bytes.fill(0x55, 100_000, 101_000);
  fs.writeFileSync(damaged, bytes);
  using bad = openImageFile(damaged);
  const api = createFs(bad);
  t.match(
    outcome(() => api.readFileSync('/random')),
    {
      error: {
        message: /^EIO: .*, open '\/random': .*damaged\.img: /,
        code: 'EIO',
        syscall: 'open',
      },
    },
  );
  t.equal(api.readFileSync('/a.txt', 'utf8'), fs.readFileSync(path('a.txt'), 'utf8'));
});

t.test('glob patterns, beside node:fs', async (t) => {
  const patterns = [
    ...[
      '*',
      '*.txt',
      '**',
      '**/*',
      '**/*.txt',
      'sub/*',
      'sub/**',
      'sub/*/*.txt',
      '{a.txt,sub/b*}',
      'a.txt',
    ],
    ...[
      'absent/*',
      'link/*',
      'sub/deep',
      './*.txt',
      'sub/../*.txt',
      '[an]*',
      '?.txt',
      '**/deep/*',
      'dangling',
    ],
    ...[
      'empty/*',
      'empty/**',
      '*/',
      'loop/*',
      '+(a|none)*',
      '!(a)*',
      `${root}/*.txt`,
      `${root}/sub/**`,
    ],
  ];
  // Node's follows a link below `**` once.
  const asText = (found: readonly (string | fs.Dirent)[], pattern = '') =>
    found
      .map((one) => (typeof one === 'string' ? one : join(one.parentPath, one.name)))
      .filter((name) => !pattern.startsWith('**') || !name.startsWith('link/'))
      .sort();
  for (const pattern of patterns) {
    for (const options of [{}, { exclude: ['**/big'] }, { exclude: ['sub'] }]) {
      // Node's leaves out by the path from `cwd`.
      if ('exclude' in options && pattern.startsWith('/')) continue;
      const wanted = asText(fs.globSync(pattern, { cwd: root, ...options } as never), pattern);
      t.strictSame(
        asText(ours.globSync(pattern, { cwd: root, ...options } as never), pattern),
        wanted,
        pattern,
      );
    }
  }
  const typed = { cwd: root, withFileTypes: true } as const;
  t.strictSame(asText(ours.globSync('**/*.txt', typed)), asText(fs.globSync('**/*.txt', typed)));
  t.strictSame(
    await new Promise((resolve) =>
      ours.glob('**/*.txt', { cwd: root }, (_, found) => resolve(found)),
    ),
    ours.globSync('**/*.txt', { cwd: root }),
  );
  const promised: unknown[] = [];
  for await (const name of ours.promises.glob(['*.txt', 'a*'], { cwd: pathToFileURL(root) }))
    promised.push(name);
  t.strictSame(promised, ['a.txt']);
});

t.test('an image is watched until the signal aborts', async (t) => {
  const stop = new AbortController();
  const watched = (async () => {
    for await (const event of ours.promises.watch(root, { signal: stop.signal }))
      t.fail(`${event}`);
  })();
  stop.abort();
  await t.rejects(watched, { name: 'AbortError' });
});
