// `docteur serve --http`, as built: sites by host, replaced images, workers, logs, signals.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { makeImage } from '../../image-tools/index.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = t.testdir();
let made = 0;

async function imageOf(name: string, content: string): Promise<string> {
  const source = join(folder, `source-${made++}`);
  mkdirSync(source);
  writeFileSync(join(source, 'index.html'), content);
  writeFileSync(join(source, 'large.bin'), Buffer.alloc(8 << 20, content));
  const path = join(folder, name);
  // Beside it first, as whoever replaces a file that is in use does.
  await makeImage({ source, image: `${path}.new` });
  renameSync(`${path}.new`, path);
  return path;
}

interface Served {
  readonly child: ChildProcess;
  readonly port: number;
  readonly events: { event: string }[];
}

async function serve(t: Test, ...args: string[]): Promise<Served> {
  // By way of a shell, since tap's own hooks come by NODE_OPTIONS into every child.
  const child = spawn(
    'sh',
    [
      ...['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', process.execPath],
      ...[join(root, 'dist/bin/docteur.js'), 'serve', '--http', '127.0.0.1:0', '--json', ...args],
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  t.teardown(() => child.kill('SIGKILL'));
  const events: { event: string; uri?: string }[] = [];
  const listening = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const event = JSON.parse(line);
      events.push(event);
      if (event.event === 'listening') resolve(event.uri);
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
  child.stderr?.resume();
  return { child, port: Number(new URL(await listening).port), events };
}

function get(port: number, path: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part) => parts.push(part));
        response.once('end', () => resolve(String(Buffer.concat(parts))));
        response.once('error', reject);
      })
      .once('error', reject);
  });
}

/** Asks until the answer is another one: for what happens within a second or so. */
async function changed(ask: () => Promise<string>, from: string): Promise<string> {
  for (;;) {
    const answer = await ask();
    if (answer !== from) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

t.test('sites by host, and an image that is replaced under a download', async (t) => {
  await imageOf('one.example.img', 'one');
  await imageOf('two.example.img', 'two');
  const { child, port } = await serve(
    t,
    ...['one.example.img', 'two.example.img', '--access-log', 'access.log'],
    ...['--header', 'X-Own: yes', '--cache-control', '*.html=no-cache'],
  );
  t.equal(await get(port, '/'), 'one');
  t.equal(await get(port, '/', { host: 'two.example' }), 'two');
  t.equal(await get(port, '/', { host: 'TWO.example:80' }), 'two');
  t.equal(await get(port, '/', { host: 'other.example' }), 'one');
  // As a proxy asks; the header counts for nothing then.
  t.equal(await get(port, 'http://two.example/', { host: 'one.example' }), 'two');

  const download = await new Promise<http.IncomingMessage>((resolve) => {
    http.get({ host: '127.0.0.1', port, path: '/large.bin', agent: false }, resolve);
  });
  t.match(download.headers, { 'x-own': 'yes', 'content-length': String(8 << 20) });
  await imageOf('one.example.img', 'new');
  t.equal(await changed(() => get(port, '/'), 'one'), 'new');
  const parts: Buffer[] = [];
  for await (const part of download) parts.push(part);
  t.ok(Buffer.concat(parts).equals(Buffer.alloc(8 << 20, 'one')), 'the old image, to its end');

  writeFileSync(join(folder, 'one.example.img.new'), 'no image');
  renameSync(join(folder, 'one.example.img.new'), join(folder, 'one.example.img'));
  child.kill('SIGHUP');
  t.equal(await get(port, '/'), 'new', 'what is no image is not served');

  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  t.equal(code, 0);
  const lines = readFileSync(join(folder, 'access.log'), 'utf8').trim().split('\n');
  t.match(
    lines[0],
    /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:[\d:]{8} \+0000\] "GET \/ HTTP\/1\.1" 200 3$/,
  );
  t.ok(lines.some((line) => line.includes(`"GET /large.bin HTTP/1.1" 200 ${8 << 20}`)));
});

t.test('a log on stdout stops nothing, whoever reads it', async (t) => {
  await imageOf('disk.img', 'logged');
  const target = `/?${'x'.repeat(6000)}`;
  for (const reader of ['nobody', 'one who leaves']) {
    const server = [
      join(root, 'dist/bin/docteur.js'),
      'serve',
      '--http',
      '127.0.0.1:0',
      'disk.img',
    ];
    const child = spawn(
      'sh',
      [
        ...['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', process.execPath],
        ...[...server, '--access-log', '-'],
      ],
      { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    t.teardown(() => child.kill('SIGKILL'));
    if (reader !== 'nobody') child.stdout.destroy();
    let said = '';
    const port = await new Promise<number>((resolve, reject) => {
      child.stderr.on('data', (text) => {
        said += text;
        const listens = /HTTP: (\S+)\n/.exec(said);
        if (listens !== null) resolve(Number(new URL(listens[1] as string).port));
      });
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)));
    });
    // More than what waits, and than what the kernel takes.
    for (let i = 0; i < 300; i += 1) {
      const answer = await get(port, target);
      if (answer !== 'logged') throw new Error(`request ${i}: ${answer}`);
    }
    child.kill('SIGTERM');
    t.strictSame(await once(child, 'exit'), [0, null], reader);
    const told = said.split('\n').filter((line) => line.includes('access log'));
    t.match(
      told,
      reader === 'nobody'
        ? [/: lines are left out/, /: \d+ lines left out$/]
        : [/stdout: cannot write, so no more requests are logged: broken pipe$/],
    );
  }
});

t.test('several workers: one dies and is replaced', async (t) => {
  await imageOf('disk.img', 'many');
  const { child, port, events } = await serve(
    t,
    ...['disk.img', '--workers', '2', '--access-log', 'workers.log', '--log-format', 'json'],
  );
  for (let i = 0; i < 20; i += 1) t.equal(await get(port, '/?"\u0001'.slice(0, 3)), 'many');
  // A worker that has lived for a while: younger ones are not replaced.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  process.kill(Number(children.split(' ')[0]), 'SIGKILL');
  while (!events.some(({ event }) => event === 'worker')) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (let i = 0; i < 20; i += 1) t.equal(await get(port, '/').catch(() => get(port, '/')), 'many');
  await imageOf('disk.img', 'more');
  // Each of them sees that by itself.
  for (let same = 0; same < 20; ) {
    same = (await get(port, '/')) === 'more' ? same + 1 : 0;
    if (same === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const told = () => events.filter(({ event }) => event === 'swapped').length;
  // By the process that started them, which looks by itself as well.
  while (told() === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(told(), 1, 'told once');
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  t.equal(code, 0);
  const [line = ''] = readFileSync(join(folder, 'workers.log'), 'utf8').split('\n');
  t.match(JSON.parse(line), { method: 'GET', status: 200, bytes: 4, client: '127.0.0.1' });
});

t.test('memory stays, however many pages are asked for', async (t) => {
  const PAGES = 1500;
  const source = join(folder, 'pages');
  mkdirSync(source);
  for (let i = 0; i < PAGES; i += 1) {
    writeFileSync(join(source, `${i}.html`), randomBytes(1000).toString('hex'));
  }
  await makeImage({ source, image: join(folder, 'pages.img'), web: true });
  const { child, port } = await serve(t, 'pages.img');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  t.teardown(() => agent.destroy());
  const ask = (path: string, coding: string) =>
    new Promise<void>((resolve, reject) => {
      const headers = { 'accept-encoding': coding };
      http
        .get({ host: '127.0.0.1', port, path, headers, agent }, (response) => {
          response.resume();
          response.once('end', resolve);
        })
        .once('error', reject);
    });
  const memories: number[] = [];
  /** What the last two rounds have added: their pages alone are 6 MiB. */
  const added = () => (memories.at(-1) as number) - (memories.at(-3) ?? 0);
  // What Node itself holds settles sooner or later.
  for (let round = 0; round < 4 || (added() >= 5 && round < 12); round += 1) {
    const waiting: Promise<void>[] = [];
    for (let i = 0; i < PAGES; i += 1) {
      waiting.push(ask(`/${i}.html`, round % 2 ? 'deflate' : 'identity'));
    }
    await Promise.all(waiting);
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    memories.push(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
  }
  const words = memories.map((one) => one.toFixed(0)).join(', ');
  t.ok((memories.at(-1) as number) < 160, `${words} MiB`);
  t.ok(added() < 5, `it does not grow: ${words} MiB`);
});

t.test('what cannot be served', async (t) => {
  const fail = async (...args: string[]) => {
    const child = spawn(process.execPath, [join(root, 'dist/bin/docteur.js'), 'serve', ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH },
    });
    let text = '';
    child.stderr.on('data', (data) => {
      text += data;
    });
    const [code] = await once(child, 'close');
    return { code, text };
  };
  await imageOf('disk.img', 'x');
  writeFileSync(join(folder, 'empty.img'), '');
  t.match(await fail('--http', '127.0.0.1:0', 'empty.img'), {
    code: 65,
    text: /^docteur serve: empty\.img: too small[^\n]*\n$/,
  });
  t.match(await fail('--http', '0.0.0.0:0', 'disk.img'), { code: 64, text: /add --public/ });
  t.match(await fail('--http', 'nowhere', 'disk.img'), { code: 64, text: /HOST:PORT/ });
  t.match(await fail('--http', '127.0.0.1:99999', 'disk.img'), { code: 64 });
  t.match(await fail('--http', '127.0.0.1:0', '--header', 'no', 'disk.img'), { code: 64 });
  t.match(await fail('--http', '127.0.0.1:0', '--header', 'X: a\nB: c', 'disk.img'), { code: 64 });
  for (const header of ['Transfer-Encoding: chunked', 'connection: close']) {
    t.match(await fail('--http', '127.0.0.1:0', '--header', header, 'disk.img'), {
      code: 64,
      text: /the server itself says/,
    });
  }
  const cookies = ['--header', 'Set-Cookie: a=1', '--header', 'set-cookie: b=2'];
  t.match(await fail('--http', '127.0.0.1:0', ...cookies, 'disk.img'), { code: 64, text: /once/ });
  await imageOf('Disk.img', 'y');
  t.match(await fail('--http', '127.0.0.1:0', 'disk.img', 'Disk.img'), {
    code: 64,
    text: /Disk\.img: another image is the site of disk already\n$/,
  });
  t.match(await fail('--http', '127.0.0.1:0', '--cache-control', 'x', 'disk.img'), { code: 64 });
  t.match(await fail('--http', '127.0.0.1:0', '--access-log', 'none/log', 'disk.img'), {
    code: 73,
    text: /access log none\/log: cannot open: no such file or directory\n$/,
  });
  const busy = http.createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  t.teardown(() => busy.close());
  const { port } = busy.address() as { port: number };
  t.match(await fail('--http', `127.0.0.1:${port}`, 'disk.img'), {
    code: 73,
    text: /127\.0\.0\.1:\d+: cannot listen: address already in use\n$/,
  });
  t.match(await fail('--http', `127.0.0.1:${port}`, '--workers', '2', 'disk.img'), { code: 73 });
});
