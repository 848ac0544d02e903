// An image as a website beside nginx, sirv, express and Node's own server on the folder, one process each, in turns, by
// wrk with 32 connections on loopback: requests a second, the slowest percent, processor time, and memory.
// usage: node --conditions=docteur:source test/bench/web.ts [SECONDS] [ROUNDS]
// Needs wrk and nginx with its module gzip_static (Debian: wrk, nginx-light), and a built dist/.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { makeImage } from '../../image-tools/index.ts';
import { freePort } from '../fixtures/free-port.ts';
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

const PEERS = {
  express: `require('express')().use(require('express').static(SITE)).listen(PORT, '127.0.0.1')`,
  sirv: `const serve = require('sirv')(SITE, { dev: false });
    require('http').createServer((q, r) => serve(q, r)).listen(PORT, '127.0.0.1')`,
  // What Node's server can do: an answer that is ready, whatever was asked.
  'node:http': `const body = require('zlib').deflateSync(require('fs').readFileSync(SITE + '/100k.html'));
    const head = ['content-type', 'text/html', 'content-encoding', 'deflate', 'content-length', body.length];
    require('http').createServer((q, r) => r.writeHead(200, head).end(body)).listen(PORT, '127.0.0.1')`,
};

async function startPeer(name: keyof typeof PEERS): Promise<Running> {
  const port = await freePort();
  const script = `const [SITE, PORT] = ${JSON.stringify([site, port])}; ${PEERS[name]}`;
  const child = spawn(process.execPath, ['-e', script], { cwd: root, stdio: 'ignore' });
  children.push(child);
  return { port, pid: () => child.pid as number };
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
  /** Microseconds of the server's processor time for a request. */
  readonly processor: number;
}

/** Of a process, in microseconds. */
function processorTime(running: Running): number {
  const fields = readFileSync(`/proc/${running.pid()}/stat`, 'utf8').split(') ')[1]?.split(' ');
  return (Number(fields?.[11]) + Number(fields?.[12])) * 10_000;
}

function measure(running: Running, path: string, header?: string): Rate {
  const { port } = running;
  const before = processorTime(running);
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
  const processor = (processorTime(running) - before) / Number(/(\d+) requests in/.exec(out)?.[1]);
  return { rate, p99: Number(amount) * factor, processor };
}

const memory = (running: Running) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${running.pid()}/status`, 'utf8'))?.[1]) / 1024;

const ours = await startOurs();
const nginx = await startNginx();
const express = await startPeer('express');
const sirv = await startPeer('sirv');
await ready(ours);
await ready(nginx);
await ready(express);
await ready(sirv);
const nodeHttp = await startPeer('node:http');
await ready(nodeHttp);
const GZIP = 'Accept-Encoding: gzip';
const DEFLATE = 'Accept-Encoding: deflate';
const TEXT = '/100k.html';
/** What is asked of ours and of a peer, with which headers, and the least ratio of requests a second. */
const CASES: readonly (readonly [
  string,
  readonly [path: string, header?: string],
  string,
  Running,
  readonly [path: string, header?: string],
  number | undefined,
])[] = [
  ['1 KB', ['/1k.bin'], 'nginx', nginx, ['/1k.bin'], 0.6],
  ['1 KB', ['/1k.bin'], 'sirv', sirv, ['/1k.bin'], 3],
  ['20 KB', ['/20k.bin'], 'nginx', nginx, ['/20k.bin'], 0.6],
  ['20 KB', ['/20k.bin'], 'sirv', sirv, ['/20k.bin'], 3],
  ['100 KB of text, compressed', [TEXT, DEFLATE], 'nginx gzip_static', nginx, [TEXT, GZIP], 0.8],
  ['100 KB of text, compressed', [TEXT, DEFLATE], 'nginx gzip', nginx, [`/live${TEXT}`, GZIP], 20],
  ['100 KB of text, compressed', [TEXT, DEFLATE], 'node:http, ready', nodeHttp, [TEXT], undefined],
  [`${PAGES} pages of 23 KB`, ['/pages/'], 'express', express, ['/pages/'], 1],
  [`${PAGES} pages of 23 KB`, ['/pages/'], 'nginx', nginx, ['/pages/'], undefined],
  [`${PAGES} pages, compressed`, ['/pages/', DEFLATE], 'express', express, ['/pages/'], undefined],
];

process.stdout.write('| | peer | requests/s | peer | ratio | target | p99 ms | peer | ');
process.stdout.write('processor µs | peer |\n|---|---|---|---|---|---|---|---|---|---|\n');
for (const [name, asked, peerName, peer, peerAsked, target] of CASES) {
  const pairs: { ours: Rate; peer: Rate }[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    pairs.push({ ours: measure(ours, ...asked), peer: measure(peer, ...peerAsked) });
  }
  const of = (who: 'ours' | 'peer', what: keyof Rate, digits: number) =>
    median(pairs.map((pair) => pair[who][what])).toFixed(digits);
  const ratio = median(pairs.map((pair) => pair.ours.rate / pair.peer.rate));
  const cells = [
    ...[name, peerName, of('ours', 'rate', 0), of('peer', 'rate', 0), ratio.toFixed(2)],
    ...[target ?? '-', of('ours', 'p99', 1), of('peer', 'p99', 1)],
    ...[of('ours', 'processor', 1), of('peer', 'processor', 1)],
  ];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
const all = { ours, nginx, express, sirv };
const memories = Object.entries(all).map(([name, one]) => `${name} ${memory(one).toFixed(0)}`);
process.stdout.write(`\nmemory in MiB (target 120): ${memories.join(', ')}\n`);
process.exit(0);
