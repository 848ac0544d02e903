// A cache on disk between processes, with nginx as the server: what it keeps, what it gives up, and when it is asked.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../fixtures/free-port.ts';
import { hasNginx, startNginx } from '../fixtures/nginx.ts';
import { makeImage, shortFolder } from '../fixtures/serve.ts';
import { runTool } from '../fixtures/tools.ts';

const folder = shortFolder((clean) => t.teardown(clean));
const skip = hasNginx() ? false : 'skipped: nginx is not installed';
const MIB = 2 ** 20;
const docteur = (...args: string[]) => runTool('docteur', args);
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What files take on the disk: of a part that was not read, a cache's file has a hole. */
function bytesIn(path: string): number {
  if (!existsSync(path)) return 0;
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => {
    // Another process may have removed it by now.
    const stats = statSync(join(path, name), { throwIfNoEntry: false });
    return sum + (stats?.isFile() ? stats.blocks * 512 : 0);
  }, 0);
}

t.test('two processes: one removes what the other one reads', { skip }, async (t) => {
  const images = await Promise.all([
    makeImage(folder, 'one.img', 14 * MIB),
    makeImage(folder, 'two.img', 14 * MIB + 1000),
  ]);
  const port = await freePort();
  t.teardown(await startNginx(join(folder, 'shared'), port, `root ${folder};`));
  const expected = await Promise.all(
    images.map(async (path) => digest((await docteur('tar', path)).stdout)),
  );
  const cache = join(folder, 'shared-cache');
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, bytesIn(cache));
  }, 20);
  t.teardown(() => clearInterval(watch));
  // Together they need twice what it may keep.
  const visits = Array.from({ length: 3 }, () => ['one.img', 'two.img']).flat();
  const read = async (name: string) => {
    const address = `http://127.0.0.1:${port}/${name}`;
    const { status, stdout, stderr } = await docteur(
      'tar',
      '--cache',
      cache,
      '--cache-size',
      '16M',
      address,
    );
    t.equal(status, 0, stderr);
    t.equal(digest(stdout), expected[name === 'one.img' ? 0 : 1], name);
  };
  for (let at = 0; at < visits.length; at += 2) {
    await Promise.all(visits.slice(at, at + 2).map(read));
  }
  most = Math.max(most, bytesIn(cache));
  t.ok(most > 8 * MIB, 'it was used');
  t.ok(most < 18 * MIB, `${most} bytes at most`);
});

t.test('nginx: conditions, restarts, and a file that changes', { skip }, async (t) => {
  const image = await makeImage(folder, 'first.img', MIB);
  const other = await makeImage(folder, 'other.img', MIB + 5000);
  const served = join(folder, 'disk.img');
  const cache = join(folder, 'nginx-cache');
  const at = join(folder, 'nginx');
  const log = join(at, 'access.log');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}/disk.img`;
  let stop = await startNginx(at, port, `root ${folder};`);
  t.teardown(() => stop());
  const content = async (path: string) => (await docteur('cat', path, 'random')).stdout;
  const read = () => docteur('cat', '--cache', cache, address, 'random');
  const asked = () =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.includes('bytes'));

  copyFileSync(image, served);
  utimesSync(served, 1_700_000_000, 1_700_000_000);
  t.ok((await read()).stdout.equals(await content(image)));
  const first = asked();
  t.ok(
    first.some((line) => /^206 bytes=-\d+ -?$/.test(line)),
    'the end comes along',
  );
  const pinned = first.filter((line) => /^206 bytes=\d+-\d+ "[0-9a-f]+-[0-9a-f]+"$/.test(line));
  t.equal(pinned.length, first.length - 2, 'all behind these two have the ETag in If-Range');
  writeFileSync(log, '');
  t.ok((await read()).stdout.equals(await content(image)));
  t.equal(asked().length, 1, 'one question: is it the same?');

  await stop();
  t.ok((await read()).stdout.equals(await content(image)), 'without a server');
  stop = await startNginx(at, port, `root ${folder};`);
  t.ok((await read()).stdout.equals(await content(image)), 'the server is there again');

  copyFileSync(other, served);
  utimesSync(served, 1_700_000_100, 1_700_000_100);
  t.ok((await read()).stdout.equals(await content(other)), 'another version');
  // Nginx tells versions by their time and size: the same bytes at another time are another version.
  utimesSync(served, 1_700_000_200, 1_700_000_200);
  writeFileSync(log, '');
  t.ok((await read()).stdout.equals(await content(other)));
  t.ok(asked().length > 1, 'nothing of it is believed');
});
