// What browsers keep of images, and sites that a service worker serves out of one: in Chromium, by the examples of
// docs/browser.md.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { makeImage } from '../../image-tools/index.ts';
import { needsChromium, startChromium, waitInPage } from '../fixtures/chromium.ts';
import { noisePng } from '../fixtures/picture.ts';
import { silentWav } from '../fixtures/sound.ts';
import { type Resource, startWebServer, type WebServer } from '../fixtures/web-server.ts';

/** A page that counts what was put into its caches. */
interface Counting {
  puts: number;
}
const COUNT_PUTS = `{
  const { put } = Cache.prototype;
  window.puts = 0;
  Cache.prototype.put = async function (...args) {
    await put.apply(this, args);
    window.puts += 1;
  };
}`;

/** The numbers of the lines that a range has. */
function linesOf(range: string): number[] {
  const [from, to] = (range.match(/\d+/g) ?? []).map(Number) as [number, number];
  return Array.from({ length: Math.ceil((to + 1 - from) / 32768) }, (_, i) => from / 32768 + i);
}

type Library = typeof import('../../guest/host/browser/index.ts');
/** What Node has no types of. */
interface Folder {
  getDirectoryHandle(name: string): Promise<Folder>;
  keys(): AsyncIterable<string>;
}
type Storage = typeof import('../../guest/host/browser/storage/index.ts');

/** What pages have and Node has not. */
declare const caches: {
  keys(): Promise<string[]>;
  open(name: string): Promise<{ keys(): Promise<Request[]> }>;
};
interface AnyElement {
  readonly textContent: string;
  readonly naturalWidth: number;
  readonly duration: number;
  readonly seeking: boolean;
  currentTime: number;
  decode(): Promise<void>;
}
declare const document: { querySelector(selector: string): AnyElement };
declare function getComputedStyle(element: unknown): { readonly color: string };

const root = join(import.meta.dirname, '../..');
const [worker = ''] =
  /^\/\/ worker\.js\n.*?(?=^```)/ms.exec(readFileSync(join(root, 'docs/browser.md'), 'utf8')) ?? [];
const [start = ''] =
  /^<!doctype html>.*?<\/html>/ms.exec(readFileSync(join(root, 'docs/browser.md'), 'utf8')) ?? [];

const script = (body: string | Uint8Array): Resource => ({ type: 'text/javascript', body });
const SCRIPTS = Object.fromEntries(
  ['browser.js', 'browser-storage.js', 'browser-site.js'].map((name) => [
    name,
    script(readFileSync(join(root, 'dist/library', name))),
  ]),
);

const sound = silentWav(240);
const large = randomBytes(1_500_000);

async function siteImage(t: Test): Promise<Uint8Array> {
  const folder = t.testdir({});
  const site = join(folder, 'site');
  mkdirSync(join(site, 'pictures'), { recursive: true });
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(site, name), content);
  write(
    'index.html',
    '<!doctype html><title>Home</title><link rel="stylesheet" href="style.css"><h1>Home</h1><img src="pictures/one.png"><audio src="sound.wav" preload="metadata"></audio>',
  );
  write('style.css', 'h1 { color: rgb(1, 2, 3) }');
  write('about.html', '<!doctype html><title>About</title>');
  write('unseen.html', '<!doctype html><title>Unseen</title>');
  write('404.html', '<!doctype html><title>Nothing here</title>');
  write('pictures/one.png', noisePng(90, 30));
  write('sound.wav', sound);
  write('large.bin', large);
  write('unseen.bin', randomBytes(1_000_000));
  await makeImage({ source: site, image: join(folder, 'site.img') });
  return readFileSync(join(folder, 'site.img'));
}

t.test('what browsers keep of images', needsChromium, async (t) => {
  const bytes = await siteImage(t);
  const image = (etag = '"one"'): Resource => ({
    type: 'application/octet-stream',
    body: bytes,
    etag,
  });
  await using browser = await startChromium();
  const visit = async (server: WebServer, context: BrowserContext): Promise<Page> => {
    const page = await context.newPage();
    page.on('pageerror', (error) => t.fail(error.message));
    await page.goto(server.url);
    return page;
  };
  const blank: Resource = { type: 'text/html', body: '<!doctype html><title>Test</title>' };
  const serve = () => startWebServer({ '': blank, ...SCRIPTS, 'site.img': image() });
  const asked = (server: WebServer) => server.asked.filter(({ path }) => path === 'site.img');

  /** The hash of a file, read by way of the cache; or the code of the error. */
  const cached = (page: Page, path: string, maxBytes: number) =>
    page.evaluate(
      async ({ path, maxBytes, library, storage }) => {
        const { openImageUrl }: Library = await import(library);
        const { imageCache }: Storage = await import(storage);
        try {
          const { fs } = await openImageUrl('site.img', { cache: imageCache({ maxBytes }) });
          const bytes = (await fs.get(path)) as Uint8Array<ArrayBuffer>;
          const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
          return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
        } catch (error) {
          return (error as { code?: string }).code ?? String(error);
        }
      },
      { path, maxBytes, library: '/browser.js', storage: '/browser-storage.js' },
    );
  const hash = createHash('sha256').update(large).digest('hex');
  const keptLines = (page: Page) =>
    page.evaluate(async () => {
      let lines = 0;
      for (const name of await caches.keys())
        lines += (await (await caches.open(name)).keys()).length;
      return lines;
    });

  await t.test('Cache API: kept, bounded, by version, without a network', async (t) => {
    await using server = await serve();
    const context = await browser.newContext();
    const page = await visit(server, context);
    t.equal(await cached(page, 'large.bin', 64 << 20), hash);
    // What is kept is written behind the page's back: all that was fetched, in the end.
    const fetched = new Set<number>();
    for (const { range = '' } of asked(server)) {
      for (const line of linesOf(range)) fetched.add(line);
    }
    await waitInPage(
      page,
      async (lines) => {
        const [name = ''] = await caches.keys();
        const keys = await (await caches.open(name)).keys();
        const kept = new Set(keys.map(({ url }) => Number(new URL(url).pathname.slice(1))));
        return lines.every((line) => kept.has(line));
      },
      [...fetched],
    );
    const before = asked(server).length;
    t.equal(await cached(page, 'large.bin', 64 << 20), hash);
    // The server is asked for the version; reading ahead may reach parts that were not fetched before.
    const again = asked(server)
      .slice(before)
      .map(({ range = '' }) => range);
    t.equal(again[0], 'bytes=0-65535');
    const isKept = (range: string) => fetched.has(Number(/\d+/.exec(range)?.[0]) / 32768);
    t.same(again.slice(1).filter(isKept), [], 'what is kept is not fetched again');

    server.isDown = true;
    t.equal(await cached(page, 'large.bin', 64 << 20), hash, 'without a server');
    t.equal(await cached(page, 'unseen.bin', 64 << 20), 'NO_ANSWER', 'which was not seen');
    server.isDown = false;

    server.resources.set('site.img', image('"two"'));
    const known = asked(server).length;
    await page.evaluate(COUNT_PUTS);
    t.equal(await cached(page, 'large.bin', 10 * 32768), hash);
    t.ok(asked(server).length - known > 1, 'another version is fetched');
    await waitInPage(page, async () => (await caches.keys()).length === 1, undefined);
    t.match(await page.evaluate(() => caches.keys()), [/ "two"$/]);
    const lines = asked(server)
      .slice(known)
      .flatMap(({ range = '' }) => linesOf(range)).length;
    t.ok(lines > 20);
    await page.waitForFunction((lines) => (globalThis as unknown as Counting).puts >= lines, lines);
    const isBounded = async () => {
      const [name = ''] = await caches.keys();
      const { length } = await (await caches.open(name)).keys();
      return length > 0 && length <= 10;
    };
    await waitInPage(page, isBounded, undefined);
    t.equal(await cached(page, 'large.bin', 10 * 32768), hash, 'of which a part was kept');
    const isForgotten = await page.evaluate(async (storage) => {
      const { imageCache }: Storage = await import(storage);
      await imageCache().forget('site.img');
      return (await caches.keys()).length === 0;
    }, '/browser-storage.js');
    t.ok(isForgotten);
    t.equal(await keptLines(page), 0);

    server.resources.set('site.img', { type: 'application/octet-stream', body: bytes });
    t.equal(await cached(page, 'large.bin', 64 << 20), hash);
    t.equal(await keptLines(page), 0, 'without a version nothing is kept');
    await context.close();
  });

  await t.test('OPFS: a whole image, or none', async (t) => {
    await using server = await serve();
    const context = await browser.newContext();
    const page = await visit(server, context);
    const read = () =>
      page.evaluate(
        async ({ library, storage }) => {
          const { openImageBlob }: Library = await import(library);
          const { savedImage }: Storage = await import(storage);
          const file = await savedImage('site.img');
          if (file === undefined) return undefined;
          const { fs } = await openImageBlob(file);
          return new TextDecoder().decode(await fs.get('about.html'));
        },
        { library: '/browser.js', storage: '/browser-storage.js' },
      );
    const save = () =>
      page.evaluate(async (storage) => {
        const { saveImage }: Storage = await import(storage);
        const seen: number[] = [];
        const onProgress = (saved: number) => seen.push(saved);
        try {
          const { size } = await saveImage('site.img', 'site.img', { onProgress });
          return { size, last: seen.at(-1) };
        } catch (error) {
          return (error as { code?: string }).code ?? String(error);
        }
      }, '/browser-storage.js');
    t.equal(await read(), undefined);
    server.cutsAt = 100_000;
    t.equal(await save(), 'CANNOT_READ');
    t.equal(await read(), undefined, 'a part of an image is none');
    const names = await page.evaluate(async () => {
      const { storage } = navigator as unknown as { storage: { getDirectory(): Promise<Folder> } };
      const folder = await (await storage.getDirectory()).getDirectoryHandle('docteur');
      const found: string[] = [];
      for await (const name of folder.keys()) found.push(name);
      return found;
    });
    t.same(names, [], 'and leaves nothing');
    server.cutsAt = undefined;
    t.same(await save(), { size: bytes.length, last: bytes.length });
    server.isDown = true;
    t.match(await read(), /About/);
    server.isDown = false;
    server.cutsAt = 100_000;
    t.equal(await save(), 'CANNOT_READ');
    t.match(await read(), /About/, 'the old one stays');
    server.cutsAt = undefined;
    server.resources.delete('site.img');
    t.equal(await save(), 'REFUSED');
    const isGone = await page.evaluate(async (storage) => {
      const { removeSavedImage, savedImage }: Storage = await import(storage);
      await removeSavedImage('site.img');
      await removeSavedImage('site.img');
      return (await savedImage('site.img')) === undefined;
    }, '/browser-storage.js');
    t.ok(isGone);
    await context.close();
  });

  await t.test('a service worker serves a site', async (t) => {
    await using server = await startWebServer({
      '': { type: 'text/html', body: start },
      'worker.js': script(worker),
      ...SCRIPTS,
      'site.img': image(),
    });
    const context = await browser.newContext();
    const page = await visit(server, context);
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'Home');
    const shown = await page.evaluate(async () => {
      const picture = document.querySelector('img');
      await picture.decode();
      const colour = getComputedStyle(document.querySelector('h1')).color;
      return { width: picture.naturalWidth, colour };
    });
    t.same(shown, { width: 90, colour: 'rgb(1, 2, 3)' }, 'its picture and its style');
    await page.waitForFunction(() => document.querySelector('audio').duration === 240);
    await page.evaluate(() => {
      document.querySelector('audio').currentTime = 200;
    });
    await page.waitForFunction(() => {
      const audio = document.querySelector('audio');
      return audio.currentTime === 200 && !audio.seeking;
    });

    const about = await page.goto(`${server.url}about`);
    t.equal(about?.fromServiceWorker(), true);
    t.equal(await page.title(), 'About', 'a clean address');
    const missing = await page.goto(`${server.url}none`);
    t.equal(missing?.status(), 404);
    t.equal(await page.title(), 'Nothing here', "the site's own page");
    await page.goto(`${server.url}pictures`).then((answer) => t.equal(answer?.status(), 404));
    t.equal(new URL(page.url()).pathname, '/pictures/', 'a folder ends in a slash');

    await page.goto(server.url);
    const part = await page.evaluate(async () => {
      const answer = await fetch('sound.wav', { headers: { range: 'bytes=40-47' } });
      const range = answer.headers.get('content-range');
      return {
        range,
        bytes: [...new Uint8Array(await answer.arrayBuffer())],
        status: answer.status,
      };
    });
    t.same(part, {
      range: `bytes 40-47/${sound.length}`,
      bytes: [...sound.subarray(40, 48)],
      status: 206,
    });
    const whole = await page.evaluate(async () => {
      const bytes = await (await fetch('large.bin')).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    });
    t.equal(whole, hash, 'a large file, as a stream');

    // Browsers stop workers that have nothing to do: the next one opens the image again.
    server.isDown = true;
    const developer = await context.newCDPSession(page);
    await developer.send('ServiceWorker.enable');
    await developer.send('ServiceWorker.stopAllWorkers');
    const again = await page.goto(server.url);
    t.equal(again?.status(), 200, 'without a server');
    t.equal(await page.title(), 'Home');
    await page.goto(`${server.url}about`);
    t.equal(await page.title(), 'About');
    await context.close();
  });
});
