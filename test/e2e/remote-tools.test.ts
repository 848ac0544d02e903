// Tools over web servers that nobody trusts: what is checked, what is kept, what is copied.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CacheFolder } from '../../tender/block/remote/cache/cache-folder.ts';
import { LINE_BYTES, LineFiles } from '../../tender/block/remote/cache/line-files.ts';
import { serveImage } from '../fixtures/image-server.ts';
import { makeImage, shortFolder } from '../fixtures/serve.ts';
import { runTender } from '../fixtures/tender.ts';
import { runTool } from '../fixtures/tools.ts';

const root = join(import.meta.dirname, '..', '..');
const SIMPLE = join(root, 'dist/guests/simple.js');
const folder = shortFolder((clean) => t.teardown(clean));
const image = await makeImage(folder, 'disk.img', 5 << 20);
const content = readFileSync(image);
const { commit } = JSON.parse(
  String((await runTool('docteur', ['verify', '--json', image])).stdout),
);
const docteur = (...args: string[]) => runTool('docteur', args);

/** The image with other content in its large file, as sound as it can be made. */
const forged = Buffer.from(content);
forged[forged.length >> 1] = (forged[forged.length >> 1] ?? 0) ^ 1;

t.test('verify: content is compared with ids, wherever it comes from', async (t) => {
  const good = await serveImage(t, content);
  const bad = await serveImage(t, forged);
  t.match(await docteur('verify', good.origin), { status: 0, stderr: '' });
  t.match(await docteur('verify', `--commit=${commit}`, good.origin), { status: 0, stderr: '' });
  const other = await docteur('verify', `--commit=${'0'.repeat(40)}`, good.origin);
  t.match(other, { status: 65, stderr: /another commit/ });
  t.match(await docteur('verify', bad.origin), { status: 65 });
  t.match(await docteur('cat', `--commit=${commit}`, bad.origin, 'random'), { status: 65 });
  const commands = [
    ['ls', `--commit=${'1'.repeat(40)}`, good.origin],
    ['find', `--commit=${'1'.repeat(40)}`, good.origin, '*'],
    ['tar', `--commit=${'1'.repeat(40)}`, good.origin],
    ['extract', '-C', join(folder, 'x'), `--commit=${'1'.repeat(40)}`, good.origin],
    ['info', `--commit=${'1'.repeat(40)}`, good.origin],
  ];
  for (const args of commands) t.match(await docteur(...args), { status: 65 }, args[0]);
  t.match(await docteur('ls', '--commit=abc', good.origin), {
    status: 64,
    stderr: /40 hexadecimal/,
  });
});

t.test('diff and export: only what the commit confirms', async (t) => {
  const good = await serveImage(t, content);
  const bad = await serveImage(t, forged);
  const pin = `--commit=${commit}`;
  const other = `--commit=${'1'.repeat(40)}`;
  t.match(await docteur('diff', pin, pin, good.origin, image), { status: 0, stderr: '' });
  t.match(await docteur('diff', pin, good.origin, image), { status: 0 });
  t.match(await docteur('diff', pin, other, good.origin, image), { status: 65 });
  t.match(await docteur('diff', other, good.origin, image), { status: 65 });
  const empty = join(folder, 'empty');
  mkdirSync(empty, { recursive: true });
  t.match(await docteur('diff', '-p', pin, empty, bad.origin), { status: 65 });
  t.match(await docteur('diff', '-q', pin, empty, good.origin), { status: 1 });
  t.match(await docteur('diff', pin, pin, empty, good.origin), {
    status: 64,
    stderr: /more often/,
  });
  for (const [origin, id, status] of [
    [good.origin, pin, 0],
    [good.origin, other, 65],
    [bad.origin, pin, 65],
  ] as const) {
    const bundle = join(folder, `of-${status}.bundle`);
    t.match(await docteur('export', '--bundle', bundle, id, origin), { status });
    t.equal(existsSync(bundle), status === 0);
    rmSync(bundle, { force: true });
  }
});

t.test('a cache that was forged is found out by the commit', async (t) => {
  const server = await serveImage(t, content);
  const cache = join(folder, 'forged');
  const files = new CacheFolder(cache, 2 ** 30);
  const version = { size: content.length, version: '"one"\nMon, 02 Nov 2026 10:00:00 GMT' };
  const lines = new LineFiles(files, `${server.origin}/`, version);
  for (let at = 0; at < forged.length; at += LINE_BYTES) {
    lines.write(at / LINE_BYTES, forged.subarray(at, at + LINE_BYTES));
  }
  lines.close();
  const args = [`--cache=${cache}`, server.origin, 'random'];
  t.match(await docteur('cat', `--commit=${commit}`, ...args), { status: 65 });
  t.ok(server.ranges.length <= 2, 'what was forged is what was read');
});

t.test('fetch: whole or not at all, and on where it was interrupted', async (t) => {
  const out = join(folder, 'fetched.img');
  const server = await serveImage(t, content);
  t.match(await docteur('fetch', server.origin, out), { status: 0 });
  t.ok(readFileSync(out).equals(content));
  const before = readdirSync(folder).length;

  let broken = true;
  const cutting = await serveImage(t, content, ({ number, answer }) => {
    if (broken && number > 2) answer.status = 404;
  });
  const cache = join(folder, 'cache');
  writeFileSync(out, 'old');
  const failed = await docteur('fetch', `--cache=${cache}`, cutting.origin, out);
  t.match(failed, { status: 74, stderr: /There is no image at this address/ });
  t.equal(readFileSync(out, 'utf8'), 'old');
  t.equal(readdirSync(folder).length, before + 1, 'no litter beside the cache');
  broken = false;
  cutting.sent = 0;
  t.match(await docteur('fetch', `--cache=${cache}`, cutting.origin, out), { status: 0 });
  t.ok(readFileSync(out).equals(content));
  t.ok(cutting.sent < content.length - (1 << 20), `${cutting.sent} bytes`);

  const bad = await serveImage(t, forged);
  const refused = join(folder, 'refused.img');
  t.match(await docteur('fetch', `--commit=${commit}`, bad.origin, refused), { status: 65 });
  t.notOk(existsSync(refused));
  t.match(await docteur('fetch', `--commit=${commit}`, server.origin, refused), { status: 0 });
});

t.test('the tender: cache, netrc and headers', async (t) => {
  const seen: unknown[] = [];
  const server = await serveImage(t, content, ({ request }) => {
    seen.push([request.headers.authorization, request.headers['x-token']]);
  });
  const [netrc, headers] = [join(folder, 'netrc'), join(folder, 'headers')];
  writeFileSync(netrc, 'default login me password pass-word');
  writeFileSync(headers, 'X-Token: tok-en');
  const options = [
    `--cache=${join(folder, 'tender')}`,
    '--cache-size=16',
    `--netrc=${netrc}`,
    `--header-file=${headers}`,
  ];
  const run = () =>
    runTender([
      ...options,
      `--block:docteur=${server.origin}`,
      '--',
      SIMPLE,
      '--filename',
      'README.md',
    ]);
  for (const most of [Number.POSITIVE_INFINITY, 1]) {
    seen.length = 0;
    const { status, stdout, stderr } = await run();
    t.match({ status, stderr }, { status: 0, stderr: '' });
    t.equal(stdout.toString(), '# disk.img\n');
    t.ok(seen.length <= most);
    t.same(seen[0], [`Basic ${Buffer.from('me:pass-word').toString('base64')}`, 'tok-en']);
  }
  const small = await runTender(['--cache-size=15', `--block:docteur=${server.origin}`, SIMPLE]);
  t.match(small, { status: 1, stderr: /16 MiB at least/ });
  writeFileSync(headers, 'X Token: tok-en');
  const wrong = await run();
  t.match(wrong, { status: 1, stderr: /headers: line 1: expected NAME: VALUE/ });
  t.notMatch(wrong.stderr, 'tok-en');
});
