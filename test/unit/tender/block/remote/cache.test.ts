import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { BlockDevice } from '../../../../../tender/block/block-device.ts';
import { openImageDevice } from '../../../../../tender/block/remote/open-image-device.ts';
import { serveImage } from '../../../../fixtures/image-server.ts';
import { Random } from '../../../../fuzz/random.ts';

const IMAGE = Buffer.from(new Random(5).bytes(3 * 2 ** 20));
const LEAST = 16 * 2 ** 20;

function folderOf(t: Test): string {
  return join(t.testdir(), 'cache');
}

async function readAll(device: BlockDevice, step = 65_536): Promise<Buffer> {
  const into = Buffer.alloc(device.capacity * device.sectorSize);
  for (let at = 0; at < into.length; at += step) {
    await device.read(at, [into.subarray(at, at + step)]);
  }
  device.close();
  return into;
}

const files = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
const lines = (folder: string) => files(folder).filter((path) => /-\d+$/.test(path));
const sizeOf = (folder: string) =>
  files(folder).reduce((sum, path) => sum + statSync(path).blocks * 512, 0);

t.test('what was read is not fetched again, and needs no server', async (t) => {
  const cache = folderOf(t);
  const server = await serveImage(t, IMAGE);
  const open = () => openImageDevice(`${server.origin}/a`, 512, { cache, limits: { attempts: 1 } });
  t.ok((await readAll(await open())).equals(IMAGE));
  const before = server.ranges.length;
  t.ok((await readAll(await open())).equals(IMAGE));
  t.equal(server.ranges.length, before + 1, 'one request asks whether it is the same');
  t.equal(statSync(cache).mode & 0o777, 0o700);

  let isDown = true;
  const down = await serveImage(t, IMAGE, ({ request }) => {
    if (isDown) request.socket.destroy();
    return isDown;
  });
  const offline = () =>
    openImageDevice(`${down.origin}/a`, 512, { cache, limits: { attempts: 3, pause: 1 } });
  await t.rejects(offline(), { message: /Failed 3 times/ }, 'nothing of it is here');
  isDown = false;
  const part = await offline();
  await part.read(0, [new Uint8Array(1 << 20)]);
  part.close();
  isDown = true;
  const again = await offline();
  const into = Buffer.alloc(1 << 20);
  await again.read(0, [into]);
  t.ok(into.equals(IMAGE.subarray(0, 1 << 20)));
  await t.rejects(async () => again.read(2 << 20, [new Uint8Array(512)]), {
    name: 'HostError',
    message: /the cache lacks/,
  });
  again.close();
});

t.test('what a server refuses, the cache does not give', async (t) => {
  const cache = folderOf(t);
  let status = 206;
  const server = await serveImage(t, IMAGE, ({ answer }) => {
    answer.status = status;
  });
  await readAll(await openImageDevice(server.origin, 512, { cache }));
  for (const refused of [401, 403, 404]) {
    status = refused;
    await t.rejects(openImageDevice(server.origin, 512, { cache }), { name: 'TenderError' });
  }
});

t.test('another version is another image', async (t) => {
  const cache = folderOf(t);
  let etag = '"one"';
  const server = await serveImage(t, IMAGE, ({ answer }) => {
    answer.headers.etag = etag;
  });
  await readAll(await openImageDevice(server.origin, 512, { cache }));
  etag = '"two"';
  server.content = Buffer.from(new Random(6).bytes(IMAGE.length));
  t.ok(
    (await readAll(await openImageDevice(server.origin, 512, { cache }))).equals(server.content),
  );
});

for (const [name, harm] of [
  ['torn', (path: string) => truncateSync(path, statSync(path).size >> 1)],
  [
    'poisoned',
    (path: string) => {
      const bytes = readFileSync(path);
      for (let at = 8192; at < bytes.length; at += 16_384) bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    },
  ],
  [
    'of lines that changed places',
    (path: string) => {
      const bytes = readFileSync(path);
      bytes.copyWithin(0, 32, 64);
      bytes.copyWithin(8192, 8192 + 16_384, 8192 + 2 * 16_384);
      writeFileSync(path, bytes);
    },
  ],
  ['of zeros', (path: string) => writeFileSync(path, Buffer.alloc(statSync(path).size))],
  [
    'without a memory',
    (path: string) => writeFileSync(join(path, '..', 'newest.json'), '{"size":'),
  ],
] as const) {
  t.test(`a cache that is ${name}`, async (t) => {
    const cache = folderOf(t);
    const server = await serveImage(t, IMAGE);
    await readAll(await openImageDevice(server.origin, 512, { cache }));
    for (const path of lines(cache)) harm(path);
    t.ok((await readAll(await openImageDevice(server.origin, 512, { cache }))).equals(IMAGE));
    const before = server.ranges.length;
    t.ok((await readAll(await openImageDevice(server.origin, 512, { cache }))).equals(IMAGE));
    t.equal(server.ranges.length, before + 1, 'it is whole again');
  });
}

t.test('files of another image are of no use', async (t) => {
  const cache = folderOf(t);
  const [one, two] = [await serveImage(t, IMAGE), await serveImage(t, Buffer.from(IMAGE).fill(7))];
  await readAll(await openImageDevice(one.origin, 512, { cache }));
  const [stolen = ''] = lines(cache);
  await readAll(await openImageDevice(two.origin, 512, { cache }));
  for (const path of lines(cache)) if (path !== stolen) writeFileSync(path, readFileSync(stolen));
  t.ok((await readAll(await openImageDevice(two.origin, 512, { cache }))).equals(two.content));
});

t.test('it stays within its bounds, with two at once', async (t) => {
  const cache = folderOf(t);
  const large = Buffer.from(new Random(7).bytes(24 * 2 ** 20));
  const server = await serveImage(t, large);
  const open = () => openImageDevice(server.origin, 512, { cache, cacheSize: LEAST });
  const [one, two] = await Promise.all([open(), open()]);
  let most = 0;
  const into = Buffer.alloc(1 << 19);
  for (let at = 0; at < large.length; at += into.length) {
    await Promise.all([
      one.read(at, [into]),
      two.read(large.length - at - into.length, [Buffer.alloc(into.length)]),
    ]);
    t.ok(into.equals(large.subarray(at, at + into.length)));
    most = Math.max(most, sizeOf(cache));
  }
  t.ok(most > LEAST / 2, `${most} bytes`);
  t.ok(most <= LEAST, `${most} bytes`);
  one.close();
  two.close();
  t.ok((await readAll(await open(), 1 << 19)).equals(large));

  const other = await serveImage(t, IMAGE);
  const openOther = () => openImageDevice(other.origin, 512, { cache, cacheSize: LEAST });
  t.ok((await readAll(await openOther())).equals(IMAGE));
  const before = other.ranges.length;
  t.ok((await readAll(await openOther())).equals(IMAGE));
  t.equal(other.ranges.length, before + 1, 'what is old makes room for another image');
});

t.test('a disk that is full costs the cache, not the image', async (t) => {
  const cache = folderOf(t);
  mkdirSync(cache, { mode: 0o700 });
  const mounted =
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300k,mode=700', 'none', cache]).status === 0;
  if (!mounted) {
    t.pass('skipped: nothing can be mounted here');
    return;
  }
  try {
    const server = await serveImage(t, IMAGE);
    const open = () => openImageDevice(server.origin, 512, { cache });
    t.ok((await readAll(await open())).equals(IMAGE));
    t.ok((await readAll(await open())).equals(IMAGE));
    t.ok(sizeOf(cache) > 100_000);
  } finally {
    spawnSync('umount', ['-l', cache]);
  }
});

t.test('what else is in the folder stays, however old and large', async (t) => {
  const cache = folderOf(t);
  const folder = join(cache, 'a'.repeat(40));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const theirs = [join(cache, 'photo.jpg'), join(folder, 'notes.txt')];
  for (const path of theirs) {
    writeFileSync(path, Buffer.alloc(LEAST, 1));
    utimesSync(path, 1, 1);
  }
  const elsewhere = join(t.testdirName, 'elsewhere');
  mkdirSync(elsewhere);
  theirs.push(join(elsewhere, `${'b'.repeat(40)}-0`));
  writeFileSync(theirs.at(-1) as string, Buffer.alloc(LEAST, 1));
  symlinkSync(elsewhere, join(cache, 'b'.repeat(40)));
  const server = await serveImage(t, IMAGE);
  const open = () => openImageDevice(server.origin, 512, { cache, cacheSize: LEAST });
  t.ok((await readAll(await open())).equals(IMAGE));
  for (const path of theirs) t.equal(statSync(path).size, LEAST, path);
});

t.test('a folder that goes away costs the cache, not the image', async (t) => {
  const cache = folderOf(t);
  const server = await serveImage(t, IMAGE);
  const device = await openImageDevice(server.origin, 512, { cache });
  rmSync(cache, { recursive: true });
  t.ok((await readAll(device)).equals(IMAGE));
});

t.test('a folder that others may change is none', async (t) => {
  const cache = folderOf(t);
  const server = await serveImage(t, IMAGE);
  const open = () => openImageDevice(server.origin, 512, { cache });
  mkdirSync(cache);
  for (const mode of [0o777, 0o770, 0o720]) {
    chmodSync(cache, mode);
    await t.rejects(open(), { name: 'TenderError', message: /others may write there/ });
  }
  rmSync(cache, { recursive: true });
  writeFileSync(cache, '');
  await t.rejects(open(), { name: 'TenderError', message: /cannot be a cache/ });
});
