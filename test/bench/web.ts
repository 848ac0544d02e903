// An image as a website beside nginx on the folder, one process each, in turns: requests a second by wrk with 32
// connections on loopback, the slowest percent, and the server's memory.
// usage: node --conditions=docteur:source test/bench/web.ts [SECONDS] [ROUNDS]
// Needs wrk and nginx with its module gzip_static (Debian: wrk, nginx-light), and a built dist/.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { makeImage } from '../../image-tools/index.ts';
import { median } from './median.ts';

const [seconds = '2', rounds = '3'] = process.argv.slice(2);
const PAGES = 3000;
const root = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-web-'));
const children: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

/** Text that deflate makes some four times smaller. */
function textOf(bytes: number): string {
  const words = Array.from({ length: 400 }, () => randomBytes(3).toString('hex'));
  let text = '<!doctype html><p>';
  while (text.length < bytes) text += `${words[Math.floor(Math.random() * words.length)]} `;
  return text.slice(0, bytes);
}

const site = join(scratch, 'site');
mkdirSync(join(site, 'pages'), { recursive: true });
const write = (name: string, content: string | Buffer) => writeFileSync(join(site, name), content);
write('1k.bin', randomBytes(1000));
write('20k.bin', randomBytes(20_000));
const page = textOf(100_000);
write('100k.html', page);
write('100k.html.gz', gzipSync(page, { level: 9 }));
for (let i = 0; i < PAGES; i++) write(`pages/${i}.html`, textOf(23_000));
const image = join(scratch, 'site.img');
await makeImage({ source: site, image, web: true, exclude: ['*.gz'] });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Running {
  readonly port: number;
  /** The process whose memory counts. */
  readonly pid: () => number;
}

async function startOurs(): Promise<Running> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [join(root, 'dist/bin/docteur.js'), 'serve', '--quiet', '--http', `127.0.0.1:${port}`, image],
    { stdio: 'ignore' },
  );
  children.push(child);
  return { port, pid: () => child.pid as number };
}

async function startNginx(): Promise<Running> {
  const port = await freePort();
  const config = join(scratch, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${scratch}/nginx.pid; error_log /dev/null;
user root; events { worker_connections 256; }
http { access_log off; sendfile on; types { text/html html; } keepalive_requests 1000000;
  open_file_cache max=10000;
  server { listen 127.0.0.1:${port}; root ${site}; gzip_static on;
    location /live/ { alias ${site}/; gzip_static off; gzip on; gzip_comp_level 6; } } }\n`,
  );
  const child = spawn('nginx', ['-c', config, '-p', scratch], { stdio: 'ignore' });
  children.push(child);
  const pid = child.pid as number;
  const worker = () =>
    Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
  return { port, pid: worker };
}

async function ready({ port }: Running): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const ok = await new Promise((resolve) => {
      http
        .get({ port, host: '127.0.0.1', path: '/1k.bin', agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode === 200);
        })
        .once('error', () => resolve(false));
    });
    if (ok) return;
    await setTimeout(50);
  }
  throw new Error('the server does not start');
}

const script = join(scratch, 'pages.lua');
writeFileSync(
  script,
  `math.randomseed(1)
request = function() return wrk.format('GET', '/pages/' .. math.random(0, ${PAGES - 1}) .. '.html') end\n`,
);

interface Rate {
  readonly rate: number;
  /** Milliseconds. */
  readonly p99: number;
}

function measure({ port }: Running, path: string, header?: string): Rate {
  const isRandom = path === '/pages/';
  const out = execFileSync(
    'wrk',
    [
      ...['-t1', '-c32', `-d${seconds}s`, '--latency'],
      ...(header === undefined ? [] : ['-H', header]),
      ...(isRandom ? ['-s', script] : []),
      `http://127.0.0.1:${port}${isRandom ? '/' : path}`,
    ],
    { encoding: 'utf8' },
  );
  if (/Non-2xx/.test(out)) throw new Error(`${path}: answers other than 200`);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(out)?.[1]);
  const [, amount, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(out) ?? [];
  const factor = { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's'];
  return { rate, p99: Number(amount) * factor };
}

const memory = (running: Running) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${running.pid()}/status`, 'utf8'))?.[1]) / 1024;

const ours = await startOurs();
const nginx = await startNginx();
await ready(ours);
await ready(nginx);
const CASES = [
  { name: '1 KB', path: '/1k.bin', target: 0.6 },
  { name: '20 KB', path: '/20k.bin', target: 0.6 },
  {
    name: '100 KB of text, deflate beside gzip_static',
    path: '/100k.html',
    target: 0.8,
    coded: true,
  },
  {
    name: 'the same beside gzip on the fly',
    path: '/100k.html',
    target: 20,
    coded: true,
    live: true,
  },
  { name: `${PAGES} pages of 23 KB, at random`, path: '/pages/', target: undefined },
] as const;

process.stdout.write(
  '| | requests/s | nginx | ratio | target | p99 ms | nginx |\n|---|---|---|---|---|---|---|\n',
);
for (const one of CASES) {
  const coded = 'coded' in one;
  const theirPath = 'live' in one ? `/live${one.path}` : one.path;
  const rates: { ours: Rate; nginx: Rate }[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    rates.push({
      ours: measure(ours, one.path, coded ? 'Accept-Encoding: deflate' : undefined),
      nginx: measure(nginx, theirPath, coded ? 'Accept-Encoding: gzip' : undefined),
    });
  }
  const of = (who: 'ours' | 'nginx', what: keyof Rate) =>
    median(rates.map((pair) => pair[who][what]));
  const ratio = median(rates.map((pair) => pair.ours.rate / pair.nginx.rate));
  const cells = [
    one.name,
    of('ours', 'rate').toFixed(0),
    of('nginx', 'rate').toFixed(0),
    ratio.toFixed(2),
    one.target ?? '-',
    of('ours', 'p99').toFixed(1),
    of('nginx', 'p99').toFixed(1),
  ];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
process.stdout.write(
  `\nmemory: ${memory(ours).toFixed(0)} MiB (target 120), nginx ${memory(nginx).toFixed(0)} MiB\n`,
);
process.exit(0);
