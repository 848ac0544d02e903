// `docteur browse`, in Chromium: images whose names and contents try to become more than text, the keyboard, changes
// between two images, images elsewhere, and static files.
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { needsChromium, startChromium, waitInPage } from '../fixtures/chromium.ts';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { commitEntries, type GitEntry } from '../fixtures/git-tree.ts';
import { noisePng } from '../fixtures/picture.ts';
import { runTool, startTool } from '../fixtures/tools.ts';
import { type Resource, startWebServer } from '../fixtures/web-server.ts';
import { withPathIndex } from '../fixtures/with-path-index.ts';

/** What pages have and Node has not. */
interface AnyElement {
  readonly textContent: string;
  readonly naturalWidth: number;
  readonly currentSrc: string;
  innerHTML: string;
}
declare const document: {
  readonly body: AnyElement;
  readonly activeElement: AnyElement;
  querySelector(selector: string): AnyElement;
  querySelectorAll(selector: string): readonly AnyElement[];
};
declare const Worker: new (address: string) => object;
declare const window: { owned?: unknown };

const OWN = 'window.owned = 1';
const TURN = Buffer.from('\u202Egnp.exe').toString('latin1');
const CODE = 'export const answer: number = 42; // </code><script>window.owned = 1</script>\n';
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" onload="${OWN}"><script>${OWN}</script><image href="http://127.0.0.1:1/x.png"/></svg>`;
const HTML = `<!doctype html><script>${OWN}</script><img src=x onerror="${OWN}"><h1>Hello</h1>`;
const file = (path: string, content: string | Buffer): GitEntry => ({
  mode: '100644',
  path,
  content,
});
/** Names that are markup, addresses, commands, or no text at all. */
const HOSTILE = [
  file(`<img src=x onerror="${OWN}">.txt`, 'a name of markup\n'),
  file('"><script>window.owned = 1<', 'a name of markup\n'),
  file('javascript:window.owned=1', 'a name like an address\n'),
  file(TURN, 'a name that turns around\n'),
  file('bad\xff\x80name', 'a name of bytes\n'),
  file('new\nline', 'a name of two lines\n'),
  file('#a?b&c=%41', 'a name of signs\n'),
  file('__proto__', 'a name of a language\n'),
];
const ENTRIES: readonly GitEntry[] = [
  ...HOSTILE,
  file('page.html', HTML),
  file('evil.svg', SVG),
  file('really.png', HTML),
  file('code.ts', CODE),
  file('turned.js', 'if (admin) { /*\u202E } begin */\n'),
  file('picture.png', Buffer.from(noisePng(31, 17))),
  file('bytes.bin', Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256))),
  file('docs/deep/er/file.txt', 'deep\n'),
  file('docs/other.txt', 'other\n'),
  { mode: '120000', path: 'link', content: 'javascript:window.owned=1' },
];

function writeImage(t: Test, path: string, entries: readonly GitEntry[]): void {
  const repository = t.testdir({});
  commitEntries(repository, entries);
  writeFileSync(path, withPathIndex(imageOfRepository(repository)));
}

/** Starts the command; gives the address that it prints. */
async function browse(t: Test, ...args: string[]): Promise<string> {
  const { child, outcome } = startTool('docteur', ['browse', ...args]);
  const ended = outcome.then(({ stderr }) => Promise.reject(new Error(stderr)));
  const line = once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  const [url] = (await Promise.race([line, ended])) as [string];
  ended.catch(() => {});
  t.teardown(async () => {
    child.kill('SIGTERM');
    if ((await outcome).status !== 0) throw new Error('docteur browse failed at its end');
  });
  return url;
}

/** A page that fails the test where anything of an image runs, or is asked for elsewhere. */
async function watched(t: Test, browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext();
  t.teardown(() => context.close());
  const page = await context.newPage();
  const { origin } = new URL(url);
  page.on('dialog', (dialog) => t.fail(`a dialog: ${dialog.message()}`));
  page.on('pageerror', (error) => t.fail(error.message));
  page.on('popup', () => t.fail('a window'));
  page.on('console', (message) => t.fail(message.text()));
  page.on('request', (request) => {
    const address = request.url().replace(/^blob:/, '');
    if (!address.startsWith(origin)) t.fail(`asked for ${address}`);
  });
  return page;
}

const heading = (page: Page, words: string) =>
  page.locator('main h2', { hasText: words }).waitFor();

t.test('docteur browse', needsChromium, async (t) => {
  const folder = t.testdir({});
  const image = join(folder, 'disk.img');
  writeImage(t, image, ENTRIES);
  await using browser = await startChromium();

  await t.test('names and contents stay text', async (t) => {
    const url = await browse(t, image);
    const page = await watched(t, browser, url);
    await page.goto(url);
    await page.locator('main table').waitFor();
    const links = page.locator('main table a');
    const count = await links.count();
    // "docs" stands for its files.
    t.equal(count, ENTRIES.length - 1);
    const names = await links.allTextContents();
    t.ok(names.includes('bad\\xff\\x80name'));
    t.ok(names.includes('\\u{202e}gnp.exe'));
    t.ok(names.includes('new\\nline'));
    const contents: string[] = [];
    for (let i = 0; i < count; i++) {
      await page.goto(url);
      await page.locator('main table').waitFor();
      const link = page.locator('main table a').nth(i);
      const name = (await link.textContent()) ?? '';
      await link.click();
      // What the folder showed is gone with its heading.
      const isShown = async (name: string) =>
        [...document.querySelectorAll('main h2 a')].at(-1)?.textContent === name;
      await waitInPage(page, isShown, name.replace(/\/$/, ''));
      t.pass(name);
      await page.locator('main .facts').waitFor();
      await page.locator('main :is(.code, .hex, figcaption, table, p + p)').first().waitFor();
      const code = page.locator('main .code code');
      if ((await code.count()) > 0) contents.push((await code.textContent()) ?? '');
    }
    for (const { content } of HOSTILE)
      t.ok(contents.includes(String(content)), String(content).trim());
    t.ok(contents.includes(HTML), 'a page is its source');
    t.ok(contents.includes(SVG));
    t.ok(
      contents.some((content) => content.includes('⟨U+202E⟩')),
      'turns are shown',
    );
    t.equal(await page.evaluate(() => window.owned), undefined);
  });

  await t.test('colours, pictures and bytes', async (t) => {
    const url = await browse(t, image);
    const page = await watched(t, browser, url);
    await page.goto(`${url}#files/0/code.ts`);
    await page.locator('.hljs-keyword', { hasText: 'export' }).waitFor();
    t.equal(await page.locator('main .code code').textContent(), CODE);
    await page.goto(`${url}#files/0/picture.png`);
    await page.locator('figcaption', { hasText: '31 × 17 pixels' }).waitFor();
    await page.goto(`${url}#files/0/bytes.bin`);
    await page.locator('.hex', { hasText: '00000010  10 11 12' }).waitFor();
    await page.goto(`${url}#files/0/none`);
    await page.locator('[role=alert]', { hasText: 'not found' }).waitFor();
    const download = page.waitForEvent('download');
    await page.goto(`${url}#files/0/page.html`);
    await page.getByRole('button', { name: 'Download' }).click();
    const saved = await (await download).path();
    t.equal(readFileSync(saved, 'utf8'), HTML);
    await page.goto(`${url}#map/0`);
    await page.locator('svg.map rect').first().waitFor();
    t.ok((await page.locator('main').textContent())?.includes('docs'));
    await page.locator('svg.map a', { hasText: 'docs' }).first().click();
    await heading(page, 'docs');
  });

  await t.test('the page may do nothing else', async (t) => {
    const url = await browse(t, image);
    await using other = await startWebServer({
      '': { type: 'text/plain', body: '', headers: { 'access-control-allow-origin': '*' } },
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(url);
    await page.locator('main table').waitFor();
    const refused = await page.evaluate(async (elsewhere) => {
      const fails = async (act: () => unknown) => {
        try {
          await act();
          return false;
        } catch {
          return true;
        }
      };
      return {
        markup: await fails(() => {
          document.body.innerHTML = '<b>markup</b>';
        }),
        worker: await fails(() => new Worker('data:text/javascript,1')),
        elsewhere: await fails(() => fetch(elsewhere)),
      };
    }, other.url);
    t.same(refused, { markup: true, worker: true, elsewhere: true });
    await context.close();
  });

  await t.test('by keyboard alone', async (t) => {
    const url = await browse(t, image);
    const page = await watched(t, browser, url);
    await page.goto(url);
    await page.locator('[role=treeitem]').first().waitFor();
    const focused = () => page.evaluate(() => document.activeElement.textContent);
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    // Files, Map, the tree.
    await press('Tab', 'Tab', 'Tab');
    t.match(await focused(), /docs$/);
    await press('ArrowRight');
    await page.locator('[role=group] [role=treeitem]').first().waitFor();
    await press('ArrowRight');
    t.match(await focused(), /deep$/);
    await press('ArrowDown');
    t.equal(await focused(), 'other.txt');
    await press('Enter');
    await heading(page, 'docs / other.txt');
    t.equal(await page.locator('main .code code').textContent(), 'other\n');
    t.equal(await page.locator('[aria-selected=true]').textContent(), 'other.txt');
    await press('ArrowLeft', 'ArrowLeft');
    t.equal(await page.locator('[aria-expanded=true]').count(), 0);
    await press('End');
    t.match(await focused(), /gnp\.exe$/);
    await press('Home', 'ArrowDown', 'ArrowUp');
    t.match(await focused(), /^▸docs/);
  });

  await t.test('a path opens the tree', async (t) => {
    const url = await browse(t, image);
    const page = await watched(t, browser, url);
    await page.goto(`${url}#files/0/docs/deep/er/file.txt`);
    await page.locator('[aria-selected=true]', { hasText: 'file.txt' }).waitFor();
    t.equal(await page.locator('[aria-expanded=true]').count(), 3);
  });

  await t.test('two images', async (t) => {
    const after = join(folder, 'after.img');
    const changed = ENTRIES.filter(({ path }) => path !== 'page.html').map((entry) =>
      entry.path === 'docs/other.txt' ? file(entry.path, 'other\nand more <b>\n') : entry,
    );
    writeImage(t, after, [...changed, file('docs/new.txt', 'new\n')]);
    const url = await browse(t, image, after);
    const page = await watched(t, browser, url);
    await page.goto(`${url}#changes`);
    await page.locator('[role=status]', { hasText: '1 added, 1 removed, 1 changed' }).waitFor();
    const lines = await page.locator('.changes li').allTextContents();
    t.same(lines.map((line) => line.replace(/ .*/, '')).sort(), [
      '+docs/new.txt',
      '±docs/other.txt',
      '−page.html',
    ]);
    await page.getByRole('link', { name: 'docs/other.txt' }).click();
    await page.locator('.diff .added', { hasText: '+and more <b>' }).waitFor();
    t.equal(await page.locator('.diff .removed').count(), 0);
  });

  await t.test('an image elsewhere, which need not permit it', async (t) => {
    const type = 'application/octet-stream';
    await using elsewhere = await startWebServer({
      'far.img': { type, body: readFileSync(image), etag: '"one"' },
    });
    const url = await browse(t, `${elsewhere.url}far.img?secret=1`);
    const page = await watched(t, browser, url);
    await page.goto(`${url}#files/0/docs/other.txt`);
    await page.locator('.code code', { hasText: 'other' }).waitFor();
    t.ok(elsewhere.asked.every(({ status }) => status === 206));
    t.notMatch(await page.content(), /secret/);
    // Its map is made of its path index alone, and says what that of a file says.
    const asked = elsewhere.asked.length;
    await page.goto(`${url}#map/0`);
    await page.locator('svg.map rect').first().waitFor();
    const tables = await page.locator('main table').allTextContents();
    t.ok(elsewhere.asked.length - asked < 10);
    const nearUrl = await browse(t, image);
    const near = await watched(t, browser, nearUrl);
    await near.goto(`${nearUrl}#map/0`);
    await near.locator('svg.map rect').first().waitFor();
    t.same(tables, await near.locator('main table').allTextContents());
  });

  await t.test('static files beside an image', async (t) => {
    const site = join(folder, 'site');
    const made = await runTool('docteur', ['browse', '--out', site, image]);
    t.match(made, { status: 0, stderr: /put beside the page: .*disk\.img/ });
    writeFileSync(join(site, 'disk.img'), readFileSync(image));
    const again = await runTool('docteur', ['browse', '--out', site, image]);
    t.match(again, { status: 0, stderr: '' });
    const types: Record<string, string> = {
      html: 'text/html',
      js: 'text/javascript',
      css: 'text/css',
      json: 'application/json',
    };
    const resources = readdirSync(site).map((name): [string, Resource] => {
      const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
      const path = name === 'index.html' ? 'in/a/' : `in/a/${name}`;
      return [path, { type, body: readFileSync(join(site, name)), etag: `"${name}"` }];
    });
    await using server = await startWebServer(Object.fromEntries(resources));
    const url = `${server.url}in/a/`;
    const page = await watched(t, browser, url);
    await page.goto(`${url}#files/0/code.ts`);
    await page.locator('.hljs-keyword', { hasText: 'export' }).waitFor();
    await page.goto(`${url}#map/0`);
    await page.locator('svg.map rect').first().waitFor();
    page.removeAllListeners('console');
    const markup = await page.evaluate(() => {
      try {
        document.body.innerHTML = '<b>markup</b>';
        return 'made';
      } catch {
        return 'refused';
      }
    });
    t.equal(markup, 'refused', 'the page itself says what it may do');
  });
});

t.test('other pages are left alone', async (t) => {
  const folder = t.testdir({});
  const image = join(folder, 'disk.img');
  writeImage(t, image, ENTRIES);
  mkdirSync(join(folder, 'site'));
  writeFileSync(join(folder, 'site/index.html'), '<!doctype html>mine');
  const refused = await runTool('docteur', ['browse', '--out', join(folder, 'site'), image]);
  t.match(refused, { status: 73, stderr: /another page is there/ });
  t.same(readdirSync(join(folder, 'site')), ['index.html']);
});

t.test('what cannot be browsed', async (t) => {
  const folder = t.testdir({ 'not.img': 'hello' });
  mkdirSync(join(folder, 'folder'));
  const cases: Record<string, [string[], number, RegExp]> = {
    'no such file': [['none.img'], 66, /none\.img/],
    'no image': [['not.img'], 65, /not\.img/],
    'a folder': [['folder'], 66, /folder/],
    'three images': [['a', 'b', 'c'], 64, /too many arguments/],
    'no image at all': [[], 64, /image/],
    'a login': [['https://ann:pass@example.org/disk.img'], 64, /must not have a login/],
    'no address': [['https://'], 64, /not an address/],
  };
  for (const [name, [args, status, stderr]] of Object.entries(cases)) {
    const outcome = await runTool('docteur', ['browse', ...args], { cwd: folder });
    t.match(outcome, { status, stderr, stdout: { length: 0 } }, name);
    t.notMatch(outcome.stderr, 'pass@');
  }
});

t.test('the server tells nobody else', async (t) => {
  const image = join(t.testdir({}), 'disk.img');
  writeImage(t, image, ENTRIES);
  const url = new URL(await browse(t, image));
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Buffer }>(
      (resolve, reject) => {
        const { hostname, port } = url;
        const request = http.request({ hostname, port, path, method, headers, agent: false });
        request.once('error', reject);
        request.once('response', (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part) => parts.push(part));
          response.once('end', () => {
            const body = Buffer.concat(parts);
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
          });
        });
        request.end();
      },
    );
  t.equal(url.hostname, '127.0.0.1');
  t.match(url.pathname, /^\/[\da-f]{32}\/$/);
  const page = await ask(url.pathname);
  t.equal(page.status, 200);
  const policy = String(page.headers['content-security-policy']);
  for (const words of [
    "default-src 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]) {
    t.ok(policy.includes(words), words);
  }
  t.notMatch(policy, /unsafe-inline|unsafe-eval'? |data:|\*/);
  t.equal(page.headers['x-content-type-options'], 'nosniff');
  t.equal(page.headers['cross-origin-resource-policy'], 'same-origin');

  const disk = `${url.pathname}image-0`;
  t.equal(
    (await ask(disk, { host: `evil.example:${url.port}` })).status,
    421,
    'a name of a stranger',
  );
  t.equal((await ask(disk, { host: `localhost:${url.port}` })).status, 200);
  t.equal((await ask('/')).status, 404, 'without the path');
  t.equal((await ask(`/${'0'.repeat(32)}/image-0`)).status, 404);
  t.equal((await ask(`${url.pathname}../image-0`)).status, 404);
  t.equal((await ask(disk, {}, 'POST')).status, 405);
  const bytes = readFileSync(image);
  t.same((await ask(disk)).body, bytes);
  const part = await ask(disk, { range: 'bytes=5-9' });
  t.equal(part.headers['content-range'], `bytes 5-9/${bytes.length}`);
  t.same(part.body, bytes.subarray(5, 10));
  t.equal((await ask(disk, { range: `bytes=${bytes.length}-` })).status, 416);
  t.equal((await ask(disk, { 'if-match': '"other"' })).status, 412);
  t.equal((await ask(disk, { 'if-match': String(part.headers.etag) })).status, 200);
});
