// The first file of an image on a web server: requests, bytes and time through a proxy that makes each round trip take
// 50 ms; beside nbdkit's curl plugin read by the same tender, and a download of all of it. Needs `make build`.
// usage: node --conditions=docteur:source test/bench/remote.ts IMAGE [--files=N]
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openImageFile } from '../../guest/host/index.ts';
import { Random } from '../fuzz/random.ts';
import { median } from './median.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { files: { type: 'string', default: '7' } },
});
const image = resolve(positionals[0] ?? 'build/corpus/docs.img');
const root = join(import.meta.dirname, '..', '..');
const TENDER = join(root, 'dist/bin/tender.js');
const GUEST = join(root, 'dist/guests/simple.js');
const ROUND_TRIP = 50;
const folder = mkdtempSync(join(tmpdir(), 'docteur-bench-remote-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** What a server was asked for since `asked` was emptied. */
interface Asked {
  readonly start: number;
  end: number;
  bytes: number;
}
let asked: Asked[] = [];

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** How many requests waited for one another: behind the answer to one, the next comes a round trip later. */
function longestChain(): number {
  const depths: number[] = [];
  for (const [i, { start }] of asked.entries()) {
    depths.push(
      1 +
        Math.max(
          0,
          ...asked
            .slice(0, i)
            .map(({ end }, j) => (end + ROUND_TRIP * 0.9 <= start ? (depths[j] as number) : 0)),
        ),
    );
  }
  return Math.max(0, ...depths);
}

async function startImageServer(): Promise<number> {
  const fd = openSync(image, 'r');
  const { size, mtime } = statSync(image);
  const server = createWebServer((request, response) => {
    const one: Asked = { start: performance.now(), end: Number.POSITIVE_INFINITY, bytes: 0 };
    asked.push(one);
    const [, first, last] = /^bytes=(\d*)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const fromEnd = first === '';
    const start = fromEnd ? Math.max(0, size - Number(last)) : Number(first ?? 0);
    const end = fromEnd ? size : Math.min(size, Number(last ?? size) + 1);
    const body = Buffer.alloc(request.method === 'HEAD' ? 0 : end - start);
    readSync(fd, body, 0, body.length, start);
    one.bytes = body.length;
    response.writeHead(first === undefined ? 200 : 206, {
      etag: '"bench"',
      'last-modified': mtime.toUTCString(),
      'accept-ranges': 'bytes',
      'content-length': end - start,
      ...(first !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
    });
    response.end(body, () => {
      one.end = performance.now();
    });
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  server.unref();
  return (server.address() as AddressInfo).port;
}

/** Sends on what arrives, half a round trip later; a connection takes a whole one more. */
async function startDelayingProxy(to: number): Promise<number> {
  const forward = (from: Socket, into: Socket, first: number) => {
    let since = performance.now() + first;
    from.on('data', (chunk: Buffer) => {
      const at = Math.max(since, performance.now() + ROUND_TRIP / 2);
      since = at;
      setTimeout(() => into.write(chunk), at - performance.now());
    });
    from.on('close', () => setTimeout(() => into.destroy(), ROUND_TRIP));
    from.on('error', () => into.destroy());
  };
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    forward(client, upstream, ROUND_TRIP * 1.5);
    forward(upstream, client, 0);
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  server.unref();
  return (server.address() as AddressInfo).port;
}

interface Start {
  readonly requests: number;
  readonly chain: number;
  readonly bytes: number;
  /** Milliseconds from the moment that the runtime was up to the first byte of the file. */
  readonly first: number;
  /** From the start of the tender to its end. */
  readonly wall: number;
}

async function readFile(address: string, path: string, ...more: string[]): Promise<Start> {
  asked = [];
  const begun = performance.now();
  const args = ['--timing', `--block:docteur=${address}`, '--', GUEST, '--filename', path, ...more];
  const child = spawn(process.execPath, [TENDER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk) => {
    words += chunk;
  });
  let firstAt = 0;
  child.stdout.on('data', () => {
    firstAt ||= performance.now() - begun;
  });
  const status = await new Promise((end) => child.on('close', end));
  const wall = performance.now() - begun;
  if (status !== 0) throw new Error(words);
  const phases = JSON.parse(words) as Record<'runtime' | 'attach' | 'exit', number>;
  return {
    requests: asked.length,
    chain: longestChain(),
    bytes: asked.reduce((sum, { bytes }) => sum + bytes, 0),
    first: firstAt - phases.runtime,
    wall,
  };
}

function chooseFiles(count: number): string[] {
  const { fs, close } = openImageFile(image);
  const random = new Random(18);
  const paths: string[] = [];
  while (paths.length < count) {
    let path = '';
    for (;;) {
      const entries = [...fs.list(`/${path}`)];
      const entry = entries[random.below(Math.max(1, entries.length))];
      if (entry === undefined) break;
      path = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.kind === 'directory') continue;
      if (entry.kind === 'file') paths.push(path);
      break;
    }
  }
  close();
  return paths;
}

const port = await startImageServer();
const slowPort = await startDelayingProxy(port);
const url = (at: number) => `http://127.0.0.1:${at}/disk.img`;
const files = chooseFiles(Number(options.files));

function row(name: string, starts: readonly Start[], target = ''): void {
  const worst = (pick: (one: Start) => number) => Math.max(...starts.map(pick));
  const middle = (pick: (one: Start) => number) => median(starts.map(pick));
  const cells = [
    `${middle(({ chain }) => chain)} (${worst(({ chain }) => chain)})`,
    `${middle(({ requests }) => requests)}`,
    `${(middle(({ bytes }) => bytes) / 1000).toFixed(0)} (${(worst(({ bytes }) => bytes) / 1000).toFixed(0)})`,
    middle(({ first }) => first).toFixed(0),
    middle(({ wall }) => wall).toFixed(0),
    target,
  ];
  print(`| ${name} | ${cells.join(' | ')} |`);
}

async function each(address: string, ...more: string[]): Promise<Start[]> {
  const starts: Start[] = [];
  for (const path of files) starts.push(await readFile(address, path, ...more));
  return starts;
}

print(
  `${image}: ${(statSync(image).size / 1e6).toFixed(0)} MB, ${files.length} files, one cold guest each, ${ROUND_TRIP} ms away\n`,
);
print(
  '| one file | requests in a chain (most) | requests | KB (most) | ms after the runtime is up | ms in all | target |',
);
print('|---|---|---|---|---|---|---|');
row('docteur', await each(url(slowPort)), '4 in a chain, 350 KB, 300 ms');
row('docteur, checked', await each(url(slowPort), '--check'), '5 in a chain, 500 KB');

const socket = join(folder, 'nbd');
if (spawnSync('nbdkit', ['curl', '--version']).status === 0) {
  const starts: Start[] = [];
  for (const path of files) {
    const kit = spawn('nbdkit', ['-f', '-r', '-U', socket, 'curl', `url=${url(slowPort)}`], {
      stdio: 'ignore',
    });
    for (let tries = 0; tries < 100; tries += 1) {
      if (statSync(socket, { throwIfNoEntry: false })?.isSocket()) break;
      await delay(20);
    }
    starts.push(await readFile(`nbd+unix:///?socket=${socket}`, path));
    kit.kill();
    await new Promise((end) => kit.on('exit', end));
    rmSync(socket, { force: true });
  }
  row('nbdkit curl', starts);
} else print('\nnbdkit has no curl plugin here (Debian: apt-get install nbdkit-plugin-curl)');

asked = [];
const begun = performance.now();
const answer = await fetch(url(slowPort));
for await (const chunk of answer.body ?? []) void chunk;
const ms = performance.now() - begun;
const bytes = asked.reduce((sum, one) => sum + one.bytes, 0);
row('the whole image', [{ requests: 1, chain: 1, bytes, first: ms, wall: ms }]);
process.exit(0);
