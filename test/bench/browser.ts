// What a page pays for an image, in Chromium: requests, bytes and time until a mounted image is listed and one of its
// pages is there, one of the root or one far below, at 50 ms of latency; and the size of the script.
// Needs `make build` and chromium. usage: node --conditions=docteur:source test/bench/browser.ts [--rounds=N] [IMAGE PATH]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { browserImage, PAGE, START } from '../fixtures/browser-image.ts';
import { needsChromium, startChromium } from '../fixtures/chromium.ts';
import { startWebServer } from '../fixtures/web-server.ts';
import { median } from './median.ts';

type Library = typeof import('../../guest/host/browser/index.ts');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' } },
});
const LATENCY = 50;
const library = readFileSync(join(import.meta.dirname, '../../dist/library/browser.js'));

interface Cost {
  readonly requests: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

async function measure(browser: Browser, bytes: Uint8Array, path: string): Promise<Cost> {
  await using server = await startWebServer({
    '': { type: 'text/html', body: '<!doctype html><title>Test</title>' },
    'browser.js': { type: 'text/javascript', body: library },
    'disk.img': { type: 'application/octet-stream', body: bytes, etag: '"one"' },
  });
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.url);
  server.latency = LATENCY;
  const milliseconds = await page.evaluate(async (path) => {
    const script: string = '/browser.js';
    const { openImageUrl }: Library = await import(script);
    const start = performance.now();
    const { fs } = await openImageUrl('disk.img');
    await fs.list('/');
    await fs.get(path);
    return performance.now() - start;
  }, path);
  await context.close();
  const asked = server.asked.filter((request) => request.path === 'disk.img');
  const sum = asked.reduce((total, { bytes }) => total + bytes, 0);
  return { requests: asked.length, bytes: sum, milliseconds };
}

function print(...cells: readonly (string | number)[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(14)).join('')}\n`);
}

if (needsChromium.skip !== false) {
  process.stdout.write('no chromium: nothing was measured\n');
} else {
  const [file, given] = positionals;
  const paths = given === undefined ? [START, PAGE] : [given];
  const images: [name: string, bytes: Uint8Array][] =
    file === undefined
      ? [4_000, 20_000, 139_137].map((files) => [`${files} files`, browserImage(files, true).bytes])
      : [['given', readFileSync(file)]];
  await using browser = await startChromium();
  print('image', 'page', 'bytes', 'requests', 'fetched', 'median ms');
  for (const [name, bytes] of images) {
    for (const path of paths) {
      const costs: Cost[] = [];
      for (let round = 0; round < Number(values.rounds); round++) {
        costs.push(await measure(browser, bytes, path));
      }
      const of = (key: keyof Cost) => Math.round(median(costs.map((cost) => cost[key])));
      const page = path.slice(path.lastIndexOf('/') + 1);
      print(name, page, bytes.length, of('requests'), of('bytes'), of('milliseconds'));
    }
  }
  const script = gzipSync(library, { level: 9 }).length;
  process.stdout.write(`the script: ${script} bytes compressed\n`);
  process.stdout.write(
    'targets: 4 requests, 400,000 bytes, 350 ms at 50 ms of latency, 40,000 bytes\n',
  );
}
