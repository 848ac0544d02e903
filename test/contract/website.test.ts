// A site out of an image: beside express on the folder, over several servers, and under attack.

import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gunzipSync, inflateSync } from 'node:zlib';
import express from 'express';
import fc from 'fast-check';
import { Hono } from 'hono';
import t, { type Test } from 'tap';
import { openImageFile } from '../../guest/host/index.ts';
import { createHandler, createListener, type SiteOptions } from '../../guest/host/web/index.ts';
import { makeImage } from '../../image-tools/index.ts';

const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'docteur-web-')));
const root = join(folder, 'site');
const LARGE = randomBytes(3_000_000);
const PAGE = `<!doctype html><p>${'some words of a page '.repeat(300)}`;
const FILES: Record<string, string | Buffer> = {
  'index.html': PAGE,
  'about.html': `${PAGE} about`,
  'app.js': `${'let x = 1;\n'.repeat(200)}`,
  'app.js.br': brotliCompressSync(`${'let x = 1;\n'.repeat(200)}`),
  'style.css': 'p { color: red }\n',
  'picture.png': Buffer.from('89504e470d0a1a0a', 'hex'),
  'none.txt': '',
  'docs/index.html': `${PAGE} docs`,
  // Like nothing else: stored without a delta.
  'words.html': randomBytes(4000).toString('hex'),
  'docs/a b.txt': 'a blank',
  'docs/ü.txt': 'umlaut',
  'empty/.keep': '',
  '.secret': 'secret',
  '.well-known/token': 'token',
  'a:b.txt': 'colon',
  'a%20b.txt': 'percent',
  'a b.txt': 'blank',
  '404.html': `<!doctype html><p>nothing here`,
  'large.bin': LARGE,
};
for (const [name, content] of Object.entries(FILES)) {
  fs.mkdirSync(join(root, dirname(name)), { recursive: true });
  fs.writeFileSync(join(root, name), content);
}
fs.writeFileSync(join(folder, 'outside.txt'), 'outside');
fs.symlinkSync('about.html', join(root, 'link.html'));
fs.symlinkSync('../outside.txt', join(root, 'leak.txt'));
const file = join(folder, 'disk.img');
await makeImage({ source: root, image: file });
const image = openImageFile(file);
t.teardown(() => {
  image.close();
  fs.rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request as it is given: nothing is normalized or added. */
function ask(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false });
    request.once('error', reject);
    request.once('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('end', () => {
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(parts),
        });
      });
    });
    request.end();
  });
}

async function listen(t: Test, listener: http.RequestListener): Promise<number> {
  const server = http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

t.test('beside express on the folder', async (t) => {
  const ours = await listen(t, createListener(image));
  const app = express().use(express.static(root, { dotfiles: 'ignore', fallthrough: false }));
  app.use(((_error, _request, response, _next) =>
    response.status(_error.status).end()) as express.ErrorRequestHandler);
  const theirs = await listen(t, app);
  const paths = [
    ...['/', '/index.html', '/about.html', '/app.js', '/style.css', '/picture.png', '/none.txt'],
    ...[
      '/docs',
      '/docs/',
      '/docs/a%20b.txt',
      '/docs/%C3%BC.txt',
      '/absent',
      '/absent/',
      '/.secret',
    ],
    ...[
      '/about.html?query=1',
      '/docs?query=1',
      '/a:b.txt',
      '/link.html',
      '/%zz',
      '/a%00b',
      '/empty/',
    ],
    ...['/large.bin', '/docs/./a%20b.txt', '//docs/'],
  ];
  const size = FILES['about.html']?.length ?? 0;
  const ranges = [
    ...[
      'bytes=0-9',
      'bytes=5-',
      'bytes=-5',
      'bytes=0-99999',
      `bytes=${size}-`,
      `bytes=${size - 1}-`,
    ],
    ...['bytes=a-b', 'items=0-1', 'bytes=-0'],
  ];
  const names = ['content-type', 'content-length', 'location', 'content-range', 'accept-ranges'];
  const plain = ({ status, headers, body }: Answer, isBody: boolean) => ({
    status: status === 403 ? 404 : status,
    headers: isBody ? names.map((name) => headers[name]) : [],
    body: isBody ? body.toString('latin1').slice(0, 100_000) : '',
  });
  for (const path of paths) {
    for (const method of ['GET', 'HEAD']) {
      const [got, wanted] = [
        await ask(ours, path, {}, method),
        await ask(theirs, path, {}, method),
      ];
      const isFile = wanted.status === 200;
      t.strictSame(plain(got, isFile), plain(wanted, isFile), `${method} ${path}`);
      if (wanted.status === 301) t.equal(got.headers.location, wanted.headers.location, path);
    }
  }
  for (const range of ranges) {
    const [got, wanted] = [
      await ask(ours, '/about.html', { range }),
      await ask(theirs, '/about.html', { range }),
    ];
    const isFile = wanted.status !== 416;
    t.strictSame(plain(got, isFile), plain(wanted, isFile), range);
    if (!isFile) t.equal(got.headers['content-range'], wanted.headers['content-range']);
  }
});

t.test('conditions', async (t) => {
  const port = await listen(t, createListener(image));
  const { headers } = await ask(port, '/about.html');
  const { etag = '', 'last-modified': date = '' } = headers;
  t.equal(etag, `"${Buffer.from(image.fs.digest('/about.html')).toString('hex')}"`);
  const later = new Date(Date.parse(date) + 5000).toUTCString();
  const earlier = new Date(Date.parse(date) - 5000).toUTCString();
  const cases: [Record<string, string>, number][] = [
    [{ 'if-none-match': etag }, 304],
    [{ 'if-none-match': `W/${etag}` }, 304],
    [{ 'if-none-match': `"x", ${etag}` }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"x"' }, 200],
    [{ 'if-none-match': '"x"', 'if-modified-since': later }, 200],
    [{ 'if-modified-since': date }, 304],
    [{ 'if-modified-since': later }, 304],
    [{ 'if-modified-since': earlier }, 200],
    [{ 'if-modified-since': 'no date' }, 200],
    [{ 'if-match': etag }, 200],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-match': `W/${etag}` }, 412],
    [{ 'if-unmodified-since': earlier }, 412],
    [{ 'if-unmodified-since': date }, 200],
    [{ range: 'bytes=5-2' }, 200],
    [{ range: 'bytes=0-3', 'if-range': etag }, 206],
    [{ range: 'bytes=0-3', 'if-range': '"x"' }, 200],
    [{ range: 'bytes=0-3', 'if-range': date }, 206],
    [{ range: 'bytes=0-3', 'if-range': earlier }, 200],
  ];
  for (const [sent, status] of cases) {
    const answer = await ask(port, '/about.html', sent);
    t.equal(answer.status, status, JSON.stringify(sent));
    if (status === 304) t.strictSame([answer.headers.etag, answer.body.length], [etag, 0]);
  }
  const post = await ask(port, '/about.html', {}, 'POST');
  t.match(post, { status: 405, headers: { allow: 'GET, HEAD' } });
});

t.test('compressed as it lies in the image', async (t) => {
  const port = await listen(t, createListener(image));
  const as = async (path: string, accepted: string) =>
    ask(port, path, { 'accept-encoding': accepted });
  const path = '/words.html';
  const wanted = (await ask(port, path)).body;
  const deflated = await as(path, 'gzip;q=0, deflate, br');
  t.equal(deflated.headers['content-encoding'], 'deflate');
  t.match(deflated.headers.vary, 'Accept-Encoding');
  t.equal(Number(deflated.headers['content-length']), deflated.body.length);
  t.ok(deflated.body.length < wanted.length);
  t.ok(inflateSync(deflated.body).equals(wanted));
  const gzipped = await as(path, 'gzip');
  t.equal(gzipped.headers['content-encoding'], 'gzip');
  t.equal(Number(gzipped.headers['content-length']), gzipped.body.length);
  t.ok(gunzipSync(gzipped.body).equals(wanted));
  t.not(gzipped.headers.etag, deflated.headers.etag);
  for (const accepted of ['', 'identity', 'deflate;q=0', '*;q=0', 'x']) {
    t.equal((await as(path, accepted)).headers['content-encoding'], undefined, accepted);
  }
  const ranged = await ask(port, path, { 'accept-encoding': 'deflate', range: 'bytes=0-9' });
  t.strictSame(ranged.body, wanted.subarray(0, 10), 'a range is of the file itself');
  const again = await ask(port, path, {
    'accept-encoding': 'deflate',
    'if-none-match': deflated.headers.etag as string,
  });
  t.equal(again.status, 304);
  t.equal((await as('/picture.png', 'deflate')).headers['content-encoding'], undefined);
  const brotli = await as('/app.js', 'gzip, deflate, br');
  t.equal(brotli.headers['content-encoding'], 'br');
  t.strictSame(brotli.body, FILES['app.js.br']);
  t.match(brotli.headers['content-type'], 'text/javascript');
});

t.test('options', async (t) => {
  const at = (options: SiteOptions) => {
    const handler = createHandler(image, options);
    return (path: string, init?: RequestInit) => handler(new Request(`http://host${path}`, init));
  };
  const clean = at({ cleanUrls: true });
  t.equal(await clean('/about').text(), FILES['about.html']);
  t.match(clean('/about.html?x').headers.get('location'), '/about?x');
  t.equal(clean('/docs/index.html').headers.get('location'), '/docs/');
  const below = at({ prefix: '/pre/fix/' });
  t.equal(await below('/pre/fix/about.html').text(), FILES['about.html']);
  t.equal(below('/pre/fix').headers.get('location'), '/pre/fix/');
  t.equal(below('/pre/fix/docs').headers.get('location'), '/pre/fix/docs/');
  t.equal(below('/about.html').status, 404);
  const part = at({ root: '/docs' });
  t.equal(await part('/').text(), FILES['docs/index.html']);
  const spa = at({ fallback: '/index.html' });
  t.equal(await spa('/some/route').text(), PAGE);
  t.equal(spa('/api', { headers: { accept: 'application/json' } }).status, 404);
  const missing = at({})('/absent');
  t.strictSame([missing.status, await missing.text()], [404, FILES['404.html']]);
  const listed = at({ listing: true })('/empty/');
  t.equal(listed.status, 200);
  t.notMatch(await at({ listing: true })('/.well-known/').text(), /secret/);
  const all = await at({ listing: true, index: ['none'] })('/').text();
  t.match(all, /href="\.\/docs\/"/);
  t.match(all, /href="\.\/a%3Ab\.txt"/);
  t.notMatch(all, /\.secret/);
  t.equal(at({})('/.secret').status, 404);
  t.equal(await at({ dotfiles: true })('/.secret').text(), 'secret');
  t.equal(await at({})('/.well-known/token').text(), 'token');
  t.equal(at({})('/leak.txt').status, 404, 'a link that leads out of the image');
  const headed = at({
    secure: true,
    headers: { 'X-Own': 'own' },
    cacheControl: (path) => (path.endsWith('.js') ? 'max-age=3600' : undefined),
  });
  t.equal(headed('/app.js').headers.get('cache-control'), 'max-age=3600');
  t.equal(headed('/').headers.get('cache-control'), null);
  t.equal(headed('/').headers.get('x-own'), 'own');
  t.equal(headed('/absent').headers.get('x-content-type-options'), 'nosniff');
  for (const wrong of [{ prefix: 'x' }, { root: 7 }, { index: [''] }, { fallback: 'x' }]) {
    t.throws(() => createHandler(image, wrong as never), { code: 'INVALID_OPTION' });
  }
});

t.test('other servers: hono, express', async (t) => {
  const handler = createHandler(image);
  const hono = new Hono().get('*', (context) => handler(context.req.raw));
  t.equal(await (await hono.request('/about.html')).text(), FILES['about.html']);
  const large = await hono.request('/large.bin');
  t.ok(Buffer.from(await large.arrayBuffer()).equals(LARGE));
  const port = await listen(t, express().use('/site', createListener(image)));
  t.equal(String((await ask(port, '/site/about.html')).body), FILES['about.html']);
  t.equal((await ask(port, '/site/docs')).headers.location, '/site/docs/');
  for (const query of ['', '?a=/b']) {
    const { status, headers } = await ask(port, `/site${query}`);
    t.strictSame(
      [status, headers.location],
      [301, `/site/${query}`],
      'links of pages lead into it',
    );
  }
  t.equal(String((await ask(port, '/site/?a')).body), PAGE);
  t.ok(
    (await ask(port, '/site/large.bin', { range: 'bytes=100-2500000' })).body.equals(
      LARGE.subarray(100, 2_500_001),
    ),
  );
});

t.test('an address means the same whatever was asked before', async (t) => {
  const port = await listen(t, createListener(image));
  for (let i = 0; i < 2; i += 1) {
    t.equal(String((await ask(port, '/a%2520b.txt')).body), 'percent');
    t.equal(String((await ask(port, '/a%20b.txt')).body), 'blank');
    t.equal(String((await ask(port, '/about.html?a#b')).body), FILES['about.html']);
  }
});

t.test('paths that want out', async (t) => {
  const port = await listen(t, createListener(image));
  const attacks = [
    ...['/../outside.txt', '/docs/../../outside.txt', '/%2e%2e/outside.txt', '/..%2foutside.txt'],
    ...[
      '/docs/%2e%2e%2f%2e%2e%2foutside.txt',
      '/..\\outside.txt',
      '/%5c..%5coutside.txt',
      '/docs/..',
    ],
    ...['/%00', '/docs%00.html', '/%', '/%ff', '/%c0%ae%c0%ae/outside.txt', '*', 'outside.txt'],
    ...['http://other/../outside.txt', '/.%2e/outside.txt', '/a/%2e/../../../outside.txt'],
  ];
  for (const path of attacks) {
    const { status, body } = await ask(port, path);
    t.ok(status === 400 || status === 404, `${path}: ${status}`);
    t.notMatch(String(body), /outside/);
  }
  for (const path of ['//evil.example', '//evil.example/..', '/\\evil.example', '//docs']) {
    const { headers } = await ask(port, path);
    t.notMatch(headers.location ?? '', /^\/\/|^\/\\|evil/, path);
  }
  const handler = createHandler(image, { listing: true, cleanUrls: true });
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.dictionary(
        fc.constantFrom('range', 'if-none-match', 'if-range', 'accept-encoding', 'accept'),
        fc.string({ unit: fc.constantFrom(...'bytes=,-0123456789"W/*;q.gzipdeflate') }),
      ),
      (path, headers) => {
        const target = `http://host/${path.replace(/[^\x21-\x7e]/g, (c) => encodeURIComponent(/^[\ud800-\udfff]$/.test(c) ? '?' : c))}`;
        const { status } = handler(new Request(target, { headers }));
        return [200, 206, 301, 304, 400, 404, 416].includes(status);
      },
    ),
    { numRuns: 2000 },
  );
});

t.test('clients that leave, and that send more requests on one connection', async (t) => {
  const port = await listen(t, createListener(image));
  for (let i = 0; i < 20; i += 1) {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write('GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n');
      });
      socket.once('data', () => socket.destroy());
      socket.once('close', () => resolve());
    });
  }
  const text = await new Promise<string>((resolve) => {
    let all = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        'GET /none.txt HTTP/1.1\r\nHost: x\r\n\r\nHEAD /large.bin HTTP/1.1\r\nHost: x\r\n\r\n',
      );
      socket.write('GET /style.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
    socket.on('data', (data) => {
      all += data;
    });
    socket.once('close', () => resolve(all));
  });
  t.equal(text.match(/HTTP\/1\.1 200/g)?.length, 3);
  t.match(text, /p \{ color: red \}\n$/);
});

t.test('a damaged image is an answer of 500, or a connection that ends', async (t) => {
  const bytes = fs.readFileSync(file);
  const large = Buffer.from(LARGE.subarray(2_500_000, 2_500_100));
  const place = bytes.indexOf(large);
  t.ok(place > 0);
  bytes.fill(0x55, place - 2_300_000, place - 2_200_000);
  const damaged = join(folder, 'damaged.img');
  fs.writeFileSync(damaged, bytes);
  using bad = openImageFile(damaged, { check: true });
  const port = await listen(t, createListener(bad));
  const outcome = await ask(port, '/large.bin').then(
    ({ status }) => status,
    (error) => error.code,
  );
  t.ok(outcome === 500 || outcome === 'ECONNRESET', String(outcome));
  t.equal(String((await ask(port, '/style.css')).body), FILES['style.css'], 'all else is served');
});
