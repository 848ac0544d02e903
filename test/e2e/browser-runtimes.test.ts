// docteur/browser outside of browsers: the same script in Deno and Bun, where they are installed, and in Node.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { browserImage, PAGE } from '../fixtures/browser-image.ts';
import { startWebServer } from '../fixtures/web-server.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../fixtures/open-from-server.js');
const library = pathToFileURL(join(import.meta.dirname, '../../dist/library/browser.js')).href;

function find(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

const RUNTIMES: Record<string, readonly [path: string | undefined, ...args: string[]]> = {
  node: [process.execPath],
  deno: [find('deno'), 'run', '--no-config', '--allow-net=127.0.0.1', '--allow-read'],
  bun: [find('bun')],
};
const { bytes, contents } = browserImage(2000);
const hash = createHash('sha256')
  .update(contents.get(PAGE) as Uint8Array)
  .digest('hex');

for (const [name, [path, ...args]] of Object.entries(RUNTIMES)) {
  t.test(name, { skip: path === undefined ? `no ${name}` : false }, async (t) => {
    await using server = await startWebServer({
      'disk.img': { type: 'application/octet-stream', body: bytes, etag: '"one"' },
    });
    const url = `${server.url}disk.img`;
    // tap's own hooks must not get into it.
    const env = { PATH: process.env.PATH, HOME: t.testdir({}) };
    const { stdout } = await run(path as string, [...args, program, library, url, PAGE], { env });
    t.equal(stdout, `2 ${hash}\n2 ${hash}\n`);
    const ranges = server.asked.filter(({ range }) => range !== undefined);
    t.ok(ranges.length <= 4, `${ranges.length} ranges`);
    t.ok(ranges.slice(1).every(({ ifMatch }) => ifMatch === '"one"'));
  });
}
