// Images behind a web server, by parts: what is read is what the image has, whatever the server does.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeSuperblock, memorySource, oidToHex } from '#format';
import { type FileSystem, mount } from '#reader';
import {
  type AsyncFileSystem,
  type OpenOptions,
  openImageBlob,
  openImageUrl,
} from '../../../../../guest/host/browser/index.ts';
import { makeImage } from '../../../../../image-tools/index.ts';
import { imageOfRepository } from '../../../../fixtures/git-image.ts';
import { commitEntries } from '../../../../fixtures/git-tree.ts';
import { type Fault, startRangeServer } from '../../../../fixtures/range-server.ts';
import { withPathIndex } from '../../../../fixtures/with-path-index.ts';

const LARGE = 3_300_000;
const repository = t.testdir({});
commitEntries(repository, [
  { mode: '100644', path: 'a/b/file', content: 'file\n' },
  { mode: '120000', path: 'link', content: 'a/../a/b/file' },
  { mode: '100644', path: 'large', content: randomBytes(LARGE) },
  ...Array.from({ length: 40 }, (_, version) => ({
    mode: '100644' as const,
    path: `versions/${version}`,
    content: Array.from(
      { length: 500 },
      (_, i) => `${i % 50 === version ? version : i * 7919}\n`,
    ).join(''),
  })),
  ...Array.from({ length: 600 }, (_, i) => ({
    mode: '100644' as const,
    path: `many/${i % 20}/file-${i}`,
    content: `${i}\n`.repeat(40),
  })),
]);
const plain = imageOfRepository(repository, {
  packOptions: ['--delta-base-offset', '--window=20'],
});
const image = withPathIndex(plain);
const { commit } = decodeSuperblock(image);
const sync = mount(memorySource(image));
const files = [...sync.walk()].filter(({ kind }) => kind === 'file').map(({ path }) => path);

/** Everything that an image holds, as one hash. */
async function hashOf(fs: AsyncFileSystem): Promise<string> {
  const hash = createHash('sha256');
  for await (const { path, kind } of fs.walk()) {
    hash.update(`${path} ${kind}\0`);
    if (kind === 'file') hash.update(await fs.get(path));
    if (kind === 'link') hash.update(await fs.readLink(path));
  }
  return hash.digest('hex');
}

function expectedHash(): string {
  const hash = createHash('sha256');
  for (const { path, kind } of sync.walk()) {
    hash.update(`${path} ${kind}\0`);
    if (kind === 'file') hash.update(sync.get(path));
    if (kind === 'link') hash.update(sync.readLink(path));
  }
  return hash.digest('hex');
}
const whole = expectedHash();

const KINDS: Record<string, { bytes: Uint8Array; options: OpenOptions }> = {
  indexed: { bytes: image, options: {} },
  'without an index': { bytes: plain, options: {} },
  checked: { bytes: image, options: { commit: oidToHex(commit) } },
  'with next to no cache': { bytes: image, options: { cacheBytes: 0 } },
};
for (const [name, { bytes, options }] of Object.entries(KINDS)) {
  t.test(`${name}: each file as the synchronous reader gives it`, async (t) => {
    await using server = await startRangeServer(bytes);
    const { fs, size } = await openImageUrl(server.url, options);
    t.equal(size, bytes.length);
    t.equal(await hashOf(fs), whole);
    if (options.cacheBytes === undefined) {
      t.ok(server.sent <= bytes.length * 1.1, `${server.sent} bytes sent of ${bytes.length}`);
      t.ok(server.requests < 40, `${server.requests} requests`);
    }
  });
}

t.test('a Blob', async (t) => {
  const { fs } = await openImageBlob(new Blob([image]), { commit });
  t.equal(await hashOf(fs), whole);
});

t.test('the other calls', async (t) => {
  await using server = await startRangeServer(image);
  const { fs } = await openImageUrl(server.url);
  t.same(await fs.stat('link'), sync.stat('link'));
  t.same(await fs.lstat('link'), sync.lstat('link'));
  t.equal(await fs.realPath('link'), '/a/b/file');
  t.equal(await fs.exists('many'), 'directory');
  t.equal(await fs.exists('none'), undefined);
  t.same(await fs.digest('large'), sync.digest('large'));
  t.same(
    (await fs.list('many')).map(({ name }) => name),
    sync.list('many').map(({ name }) => name),
  );
  t.same(await fs.getPartial('large', 2_000_000, 99), sync.getPartial('large', 2_000_000, 99));
  await t.rejects(fs.get('none'), { name: 'FsError', code: 'NOT_FOUND' });
  await t.rejects(fs.list('large'), { code: 'NOT_A_DIRECTORY' });
});

t.test('calls side by side, with a cache smaller than what they need', async (t) => {
  await using server = await startRangeServer(image);
  const { fs } = await openImageUrl(server.url, { cacheBytes: 64 * 1024 });
  const contents = await Promise.all(files.map((path) => fs.get(path)));
  for (const [i, path] of files.entries()) {
    if (Buffer.compare(contents[i] as Uint8Array, sync.get(path)) !== 0) t.fail(path);
  }
  const alone = await openImageUrl(server.url);
  let before = server.requests;
  await alone.fs.getPartial('large', 1_500_000, 10);
  const needed = server.requests - before;
  const together = await openImageUrl(server.url);
  before = server.requests;
  const same = () => together.fs.getPartial('large', 1_500_000, 10);
  await Promise.all(Array.from({ length: 20 }, same));
  t.equal(server.requests - before, needed, `requests for the same bytes`);
});

/** A page as many websites have it; bytes that none shares with another, too. */
function page(number: number): string {
  const words = randomBytes(900).toString('base64').replaceAll(/[+/]/g, ' ');
  return `<!doctype html><title>Page ${number}</title><p>${words}</p>`.padEnd(2000, ' ');
}

t.test('to mount, list the root and get one page takes little', async (t) => {
  const folder = t.testdir({});
  for (let i = 0; i < 40; i++) mkdirSync(join(folder, `site/folder-${i}`), { recursive: true });
  for (let i = 0; i < 4000; i++)
    writeFileSync(join(folder, `site/folder-${i % 40}/${i}.html`), page(i));
  const path = join(folder, 'disk.img');
  await makeImage({ source: join(folder, 'site'), image: path });
  const bytes = readFileSync(path);
  await using server = await startRangeServer(bytes);
  const { fs } = await openImageUrl(server.url);
  t.equal((await fs.list('/')).length, 40);
  t.match(Buffer.from(await fs.get('folder-27/2307.html')).toString(), /<title>Page 2307</);
  t.ok(server.requests <= 4, `${server.requests} requests`);
  t.ok(server.sent <= 400_000, `${server.sent} bytes`);
});

/** An answer that is wrong in one way. */
const answer =
  (
    status: number,
    headers: Record<string, string | number>,
    body: Uint8Array = image.subarray(0, 65536),
  ): Fault =>
  (_, response) => {
    response.writeHead(status, headers).end(body);
    return true;
  };
const range = `bytes 0-65535/${image.length}`;
const cut: Fault = (_, response) => {
  response.writeHead(206, { etag: '"one"', 'content-range': range, 'content-length': 65536 });
  response.write(image.subarray(0, 1000), () => response.destroy());
  return true;
};
const REFUSED: Record<string, [Fault, { code: string; message: RegExp }]> = {
  'the whole file': [answer(200, {}), { code: 'NO_RANGES', message: /range requests/ }],
  'no such file': [answer(404, {}), { code: 'REFUSED', message: /status 404/ }],
  'no Content-Range': [answer(206, {}), { code: 'BAD_ANSWER', message: /Expose-Headers/ }],
  'a Content-Range that is none': [
    answer(206, { 'content-range': 'bytes 0-9/*' }),
    { code: 'BAD_ANSWER', message: /Content-Range/ },
  ],
  'another range': [
    answer(206, { 'content-range': `bytes 5-65535/${image.length}` }),
    { code: 'BAD_ANSWER', message: /bytes 5-65535 of \d+ where 0-65535/ },
  ],
  'a shorter range': [
    answer(206, { 'content-range': `bytes 0-99/${image.length}` }, image.subarray(0, 100)),
    { code: 'BAD_ANSWER', message: /bytes 0-99/ },
  ],
  'an encoded range': [
    answer(206, { 'content-range': range, 'content-encoding': 'br' }),
    { code: 'BAD_ANSWER', message: /encoded as "br"/ },
  ],
};
for (const [name, [fault, expected]] of Object.entries(REFUSED)) {
  t.test(`${name} is refused in words`, async (t) => {
    await using server = await startRangeServer(image);
    server.faults.push(fault);
    await t.rejects(openImageUrl(server.url), { name: 'RemoteError', ...expected });
    t.equal(server.requests, 1, 'and not asked for again');
    server.faults.push(fault);
    await openImageUrl(server.url).catch(({ message }) => t.notMatch(message, 'secret'));
  });
}

t.test('what fails for a moment is tried again', async (t) => {
  await using server = await startRangeServer(image);
  const tooLong = answer(206, { etag: '"one"', 'content-range': range }, image.subarray(0, 70_000));
  const short = answer(206, { etag: '"one"', 'content-range': range }, image.subarray(0, 1000));
  const hangUp: Fault = (request) => Boolean(request.socket.destroy());
  for (const fault of [answer(503, {}), answer(429, {}), cut, short, tooLong, hangUp]) {
    server.faults.push(fault);
    const before = server.requests;
    const { fs } = await openImageUrl(server.url);
    t.ok(server.requests > before + 1);
    t.equal(await hashOf(fs), whole);
  }
});

t.test('but not for ever', async (t) => {
  await using server = await startRangeServer(image);
  server.faults.push(...Array.from({ length: 4 }, () => answer(500, {})));
  const expected = { code: 'NO_ANSWER', message: /4 tries: status 500/ };
  await t.rejects(openImageUrl(server.url), expected);
  t.equal(server.requests, 4);
});

t.test('an image that changes is an error, now and later', async (t) => {
  await using server = await startRangeServer(image);
  for (const change of ['etag', 'size'] as const) {
    server.bytes = image;
    server.etag = '"one"';
    const { fs } = await openImageUrl(server.url);
    await fs.list('/');
    if (change === 'etag') server.etag = '"two"';
    else server.bytes = Buffer.concat([image, Buffer.alloc(4096)]);
    await t.rejects(fs.get('large'), { code: 'CHANGED', message: /open it again/ });
    await t.rejects(fs.list('/'), { code: 'CHANGED' }, 'not mixed with what is at hand');
  }
  server.bytes = image;
  const { fs } = await openImageUrl(server.url);
  server.bytes = image.subarray(0, 1000);
  await t.rejects(fs.get('large'), { code: 'CHANGED', message: /shorter/ });
});

t.test('If-Match goes to the own origin alone, and a refusal is a change', async (t) => {
  await using server = await startRangeServer(image);
  const seen: (string | undefined)[] = [];
  const note: Fault = (request) => {
    seen.push(request.headers['if-match']);
    return false;
  };
  const ask = async () => {
    seen.length = 0;
    server.faults.push(note, note, note);
    const { fs } = await openImageUrl(server.url);
    await fs.getPartial('large', 1_500_000, 10);
    server.faults.length = 0;
    return seen;
  };
  t.ok((await ask()).includes('"one"'), 'where there are no origins');
  const { origin } = new URL(server.url);
  for (const [place, expected] of [
    [origin, true],
    ['https://example.org', false],
  ] as const) {
    const location = { origin: place, href: `${place}/page` };
    Object.assign(globalThis, { location });
    try {
      t.equal((await ask()).includes('"one"'), expected, place);
      if (expected) continue;
      // A server that is not asked sends of the new image; what it says of it is compared.
      const { fs } = await openImageUrl(server.url);
      server.etag = '"two"';
      await t.rejects(fs.get('large'), { code: 'CHANGED', message: /its ETag is another one/ });
    } finally {
      Reflect.deleteProperty(globalThis, 'location');
    }
  }
  server.etag = 'W/"weak"';
  t.notOk((await ask()).includes('W/"weak"'), 'which a weak one never fulfils');
  server.faults.push(() => false, answer(412, {}));
  await t.rejects(openImageUrl(server.url), { code: 'CHANGED', message: /ETag/ });
});

t.test('many steps as one call', async (t) => {
  await using server = await startRangeServer(image);
  const { read } = await openImageUrl(server.url);
  const sizes = (fs: FileSystem) => fs.list('many/3').map(({ name }) => fs.size(`many/3/${name}`));
  t.same(await read(sizes), sizes(sync));
  await t.rejects(
    read((fs) => fs.get('none')),
    { code: 'NOT_FOUND' },
  );
});

t.test('a signal ends what is under way, and what comes later', async (t) => {
  await using server = await startRangeServer(image);
  const controller = new AbortController();
  const { fs } = await openImageUrl(server.url, { signal: controller.signal });
  const reason = new Error('enough');
  const asked = new Promise<void>((resolve) => {
    server.faults.push(() => {
      resolve();
      return true;
    });
  });
  const got = fs.get('large');
  await asked;
  controller.abort(reason);
  await t.rejects(got, reason);
  await t.rejects(fs.list('/'), reason);
  await t.rejects(openImageUrl(server.url, { signal: controller.signal }), reason);
  await t.rejects(openImageBlob(new Blob([image]), { signal: controller.signal }), reason);
});

t.test('closed is closed', async (t) => {
  const opened = await openImageBlob(new Blob([image]));
  opened.close();
  await t.rejects(opened.fs.list('/'), { code: 'CLOSED' });
});

t.test('wrong bytes and wrong options', async (t) => {
  await using server = await startRangeServer(new Uint8Array(5000));
  await t.rejects(openImageUrl(server.url), { name: 'FormatError' });
  await t.rejects(openImageBlob(new Blob([])), { name: 'FormatError' });
  const blob = new Blob([image]);
  await t.rejects(openImageBlob(blob, { commit: 'main' }), { code: 'INVALID_OPTION' });
  await t.rejects(openImageBlob(blob, { cacheBytes: -1 }), { code: 'INVALID_OPTION' });
  await t.rejects(openImageBlob(blob, { commit: 'a'.repeat(40) }), { code: 'BAD_HASH' });
  const damaged = Uint8Array.from(image);
  damaged.fill(0x55, 200_000, 200_100);
  const { fs } = await openImageBlob(new Blob([damaged]), { commit });
  await t.rejects(fs.get('large'), { name: 'FormatError' });
});
