// docteur/browser in a real browser: the script as it is published, a large image, servers of ours.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { decodeSuperblock, oidToHex } from '#format';
import { pathOf } from '../bench/index-paths.ts';
import { browserImage, PAGE, PICTURES } from '../fixtures/browser-image.ts';
import { needsChromium, startChromium } from '../fixtures/chromium.ts';
import { type Resource, startWebServer, type WebServer } from '../fixtures/web-server.ts';

type Library = typeof import('../../guest/host/browser/index.ts');

/** What pages have and Node has not. */
declare const document: {
  createElement(name: 'img'): {
    src: string;
    decode(): Promise<void>;
    readonly naturalWidth: number;
  };
  querySelector(selector: string): { readonly files: readonly Blob[] };
};

const library = readFileSync(join(import.meta.dirname, '../../dist/library/browser.js'));

/** As strict a page as can load the script. */
const PAGE_OF_OURS: Resource = {
  type: 'text/html',
  body: '<!doctype html><title>Test</title><input type="file">',
  headers: {
    'content-security-policy':
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; img-src blob:",
  },
};
const LIBRARY: Resource = { type: 'text/javascript', body: library };

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const asked = (server: WebServer) => server.asked.filter(({ path }) => path === 'disk.img');

t.test('a large image in Chromium', needsChromium, async (t) => {
  const { bytes, contents } = browserImage();
  const image = (): Resource => ({ type: 'application/octet-stream', body: bytes, etag: '"one"' });
  await using browser = await startChromium();
  const context = await browser.newContext();
  const visit = async (server: WebServer): Promise<Page> => {
    const page = await context.newPage();
    page.on('pageerror', (error) => t.fail(error.message));
    await page.goto(server.url);
    return page;
  };
  const start = () =>
    startWebServer({ '': PAGE_OF_OURS, 'browser.js': LIBRARY, 'disk.img': image() });

  await t.test('mount, list and show a page with its pictures', async (t) => {
    await using server = await start();
    const page = await visit(server);
    const seen = await page.evaluate(
      async ({ script, path, folder }) => {
        const { openImageUrl }: Library = await import(script);
        const { fs } = await openImageUrl('disk.img');
        const names = (await fs.list('/')).map(({ name }) => name);
        const html = new TextDecoder().decode(await fs.get(path));
        const sources = [...html.matchAll(/<img src="([^"]+)">/g)].map(([, source]) => source);
        const widths = await Promise.all(
          sources.map(async (source) => {
            const picture = document.createElement('img');
            const bytes = (await fs.get(`${folder}/${source}`)) as Uint8Array<ArrayBuffer>;
            picture.src = URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
            await picture.decode();
            return picture.naturalWidth;
          }),
        );
        return { names, html, widths };
      },
      { script: '/browser.js', path: PAGE, folder: PAGE.slice(0, PAGE.lastIndexOf('/')) },
    );
    t.equal(seen.names.length, 14);
    t.equal(seen.html, Buffer.from(contents.get(PAGE) as Uint8Array).toString());
    t.same(seen.widths, [70, 70, 70]);
    const requests = asked(server);
    // The first bytes, the last ones, the root's entries, the page's entry, the page.
    t.ok(requests.length <= 5, `${requests.length} requests`);
    const sent = requests.reduce((sum, { bytes }) => sum + bytes, 0);
    t.ok(sent <= 400_000, `${sent} bytes`);
    t.ok(requests.slice(1).every(({ ifMatch }) => ifMatch === '"one"'));
  });

  /** Hashes files in the page, each by its path. */
  const hashes = (page: Page, url: string, paths: readonly string[], options: object) =>
    page.evaluate(
      async ({ url, paths, options }) => {
        const script: string = '/browser.js';
        const { openImageUrl }: Library = await import(script);
        const { fs } = await openImageUrl(url, options);
        const hash = async (path: string) => {
          const bytes = (await fs.get(path)) as Uint8Array<ArrayBuffer>;
          const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
          return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
        };
        return Promise.all(paths.map(hash));
      },
      { url, paths, options },
    );
  const some = [...PICTURES, PAGE];
  for (let i = 0; i < 200; i++) some.push(pathOf((i * 104_729) % 139_137));
  const expected = some.map((path) => sha256(contents.get(path) ?? Buffer.from(path)));

  await t.test('files are those of the source', async (t) => {
    await using server = await start();
    const page = await visit(server);
    t.same(await hashes(page, 'disk.img', some, {}), expected);
    const commit = oidToHex(decodeSuperblock(bytes).commit);
    t.same(await hashes(page, 'disk.img', some.slice(0, 40), { commit }), expected.slice(0, 40));
    const other = 'a'.repeat(40);
    await t.rejects(hashes(page, 'disk.img', [PAGE], { commit: other }), /another commit/);
  });

  await t.test(
    'another origin is asked without its permission, for headers that need none',
    async (t) => {
      await using server = await start();
      const headers = {
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'Content-Range, ETag',
      };
      await using other = await startWebServer({ 'disk.img': { ...image(), headers } });
      const page = await visit(server);
      t.same(await hashes(page, `${other.url}disk.img`, [PAGE], {}), [
        sha256(contents.get(PAGE) as Uint8Array),
      ]);
      t.ok(other.asked.every(({ method, ifMatch }) => method === 'GET' && ifMatch === undefined));
      const bare = { ...image(), headers: { 'access-control-allow-origin': '*' } };
      other.resources.set('bare.img', bare);
      await t.rejects(hashes(page, `${other.url}bare.img`, [PAGE], {}), /Expose-Headers/);
    },
  );

  await t.test('an image that is replaced is an error, and is not sent', async (t) => {
    await using server = await start();
    const page = await visit(server);
    const opened = await page.evaluateHandle(async () => {
      const script: string = '/browser.js';
      const { openImageUrl }: Library = await import(script);
      const opened = await openImageUrl('disk.img');
      await opened.fs.list('/');
      return opened;
    });
    server.resources.set('disk.img', { ...image(), etag: '"two"' });
    const code = await opened.evaluate(
      ({ fs }, path) => fs.get(path).catch(({ code }) => code),
      PAGE,
    );
    t.equal(code, 'CHANGED');
    t.equal(asked(server).at(-1)?.status, 412);
    t.equal(asked(server).at(-1)?.bytes, 0);
  });

  await t.test('a signal ends it', async (t) => {
    await using server = await start();
    const page = await visit(server);
    server.silent = 'never.img';
    const reason = await page.evaluate(async () => {
      const script: string = '/browser.js';
      const { openImageUrl }: Library = await import(script);
      const controller = new AbortController();
      const { signal } = controller;
      const opened = openImageUrl('never.img', { signal });
      setTimeout(() => controller.abort('enough'), 50);
      return opened.catch((reason) => reason);
    });
    t.equal(reason, 'enough');
  });

  await t.test('a File that a user chose', async (t) => {
    await using server = await start();
    const page = await visit(server);
    const path = join(t.testdir({}), 'disk.img');
    writeFileSync(path, bytes);
    await page.setInputFiles('input', path);
    const names = await page.evaluate(async () => {
      const script: string = '/browser.js';
      const { openImageBlob }: Library = await import(script);
      const { fs } = await openImageBlob(document.querySelector('input').files[0] as Blob);
      return (await fs.list('section-7/chapter-31')).map(({ name }) => name);
    });
    t.equal(names.length, 102);
    t.equal(asked(server).length, 0);
  });
});
