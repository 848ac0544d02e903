// `docteur serve --http`, as built, under attack: clients that send garbage, nothing, too much, or read nothing. In the
// end everybody else is served as before, and the server has no more memory than after its first load.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { makeImage } from '../../image-tools/index.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = t.testdir();
const LARGE = randomBytes(3 << 20);
const PAGE = `<!doctype html>${randomBytes(30_000).toString('hex')}`;
/** MiB that attacks may add to the server's memory. */
const MAX_GROWTH = 48;

mkdirSync(join(folder, 'site'));
writeFileSync(join(folder, 'site/index.html'), PAGE);
writeFileSync(join(folder, 'site/large.bin'), LARGE);
// More than the kernel takes for a client who reads nothing: the server itself has to wait.
writeFileSync(join(folder, 'site/huge.bin'), Buffer.alloc(32 << 20));
writeFileSync(join(folder, 'secret.txt'), 'secret');
const image = join(folder, 'site.img');
await makeImage({ source: join(folder, 'site'), image, web: true });

// By way of a shell, since tap's own hooks come by NODE_OPTIONS into every child.
const child = spawn(
  'sh',
  [
    ...['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', process.execPath],
    ...[join(root, 'dist/bin/docteur.js'), 'serve', '--http', '127.0.0.1:0', '--json', image],
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
t.teardown(() => child.kill('SIGKILL'));
const port = await new Promise<number>((resolve) => {
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { event, uri } = JSON.parse(line);
    if (event === 'listening') resolve(Number(new URL(uri).port));
  });
});

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
    socket.on('error', () => {});
  });
}

/**
 * What comes back until the server ends the connection.
 * @param isAll whether the client says that nothing follows: Node's server drops what it has not begun to answer then
 */
async function say(text: string, isAll = true): Promise<string> {
  const socket = await open();
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  socket.write(text, 'latin1');
  if (isAll) socket.end();
  // Not by once(), to which a connection that is reset is an error.
  await new Promise((resolve) => socket.on('close', resolve));
  return Buffer.concat(parts).toString('latin1');
}

const PLAIN = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

function withCoding(coding: string, rest: string): string {
  return `GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ${coding}\r\n\r\n${rest}`;
}

function withLength(length: string, rest: string): string {
  return `GET / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${rest}`;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
t.teardown(() => agent.destroy());

function get(path: string, headers: Record<string, string> = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path, headers, agent }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part) => parts.push(part));
      response.once('end', () => resolve(Buffer.concat(parts)));
    });
    // A connection that was silent for long may be ended while it is used again.
    request.once('error', (error: NodeJS.ErrnoException) => {
      if (request.reusedSocket && error.code === 'ECONNRESET') resolve(get(path, headers));
      else reject(error);
    });
  });
}

function memory(): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** Seconds that the server has used so far. */
function processorTime(): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function work(): Promise<void> {
  for (let i = 0; i < 300; i += 1) {
    await Promise.all([get('/'), get('/', { 'accept-encoding': 'deflate' }), get(`/none-${i}`)]);
    if (i % 20 === 0) await get('/large.bin');
  }
}

await work();
const before = memory();
// One that Node's server answers, and that reads nothing of it.
const stalled = await open();
stalled.pause();
stalled.write('GET /huge.bin HTTP/1.1\r\nHost: x\r\nTE: trailers\r\n\r\n');

t.test('one message that two readers could read in two ways', async (t) => {
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
  const length = String(smuggled.length);
  const attacks = {
    'length and chunks': `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'two lengths': `GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${length}\r\n\r\n${smuggled}`,
    'a blank before the colon': `GET / HTTP/1.1\r\nHost: x\r\nContent-Length : ${length}\r\n\r\n${smuggled}`,
    'a folded line': `GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n Content-Length: ${length}\r\n\r\n`,
    'line feeds alone': `GET / HTTP/1.1\nHost: x\n\n${smuggled}`,
    'a NUL': `GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n`,
    'no host': 'GET / HTTP/1.1\r\n\r\n',
  };
  for (const [what, text] of Object.entries(attacks)) {
    const answer = await say(text);
    t.match(answer, /^HTTP\/1\.1 400 /, what);
    t.equal(answer.match(/HTTP\/1\.1 \d/g)?.length, 1, `${what}: one answer`);
  }
  const faults: Record<string, readonly [status: number, text: string]> = {
    'an unknown coding': [501, withCoding('xchunked', smuggled)],
    'a coding in quotes': [501, withCoding('"chunked"', `0\r\n\r\n${smuggled}`)],
    'no coding at all': [501, withCoding('identity', smuggled)],
    'a coding below chunks': [501, withCoding('gzip, chunked', `0\r\n\r\n${smuggled}`)],
    'chunks below a coding': [400, withCoding('chunked, gzip', `0\r\n\r\n${smuggled}`)],
    'chunks twice': [
      400,
      withCoding('chunked\r\nTransfer-Encoding: chunked', `0\r\n\r\n${smuggled}`),
    ],
    'chunks in HTTP/1.0': [
      400,
      withCoding('chunked', `0\r\n\r\n${smuggled}`).replace('HTTP/1.1', 'HTTP/1.0'),
    ],
    'HTTP/0.9': [400, `GET /\r\n\r\n${smuggled}`],
    'HTTP/2': [505, `GET / HTTP/2.0\r\nHost: x\r\n\r\n${smuggled}`],
    'two hosts': [400, `GET / HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n${smuggled}`],
    'a host twice': [400, `GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n${smuggled}`],
    'a host that is a list': [400, `GET / HTTP/1.1\r\nHost: x, y\r\n\r\n${smuggled}`],
    'a host with a path': [400, `GET / HTTP/1.1\r\nHost: x/y\r\n\r\n${smuggled}`],
    'a carriage return alone': [400, `GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n${smuggled}`],
    'a blank in a name': [400, `GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n${smuggled}`],
    'a length with a sign': [400, withLength('+9', smuggled)],
    'a length in words': [400, withLength('0x9', smuggled)],
    'a length without end': [400, withLength('18446744073709551616', smuggled)],
    'a list of lengths': [400, withLength(`${length}, ${length}`, smuggled)],
  };
  for (const [what, [status, text]] of Object.entries(faults)) {
    const answer = await say(text);
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), what);
    t.match(answer, /^connection: close\r$/im, `${what}: the connection ends`);
    t.equal(answer.match(/HTTP\/1\.1 \d/g)?.length, 1, `${what}: one answer`);
  }
  // What follows an error is never answered, whatever came before.
  for (const text of [
    `${PLAIN}${withCoding('x', smuggled)}`,
    `${PLAIN}GET / HTTP/1.1\r\nA b: c\r\n\r\n${smuggled}`,
    withCoding('chunked', `0x5\r\nhello\r\n0\r\n\r\n${smuggled}`),
  ]) {
    const statuses = (await say(text)).match(/HTTP\/1\.1 \d+/g) ?? [];
    t.match(statuses.join(), /^HTTP\/1\.1 200(,HTTP\/1\.1 (400|501))?$/);
  }
  const refused = await say(
    `POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`,
  );
  t.strictSame(refused.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 405'], 'no body is asked for');
  // A body of a GET is no request of its own.
  const body = await say(
    `GET / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${smuggled}GET /none HTTP/1.1\r\nHost: x\r\n\r\n`,
  );
  t.equal(body.match(/HTTP\/1\.1 \d/g)?.length, 2);
});

t.test('a target that is a whole address', async (t) => {
  const ask = (target: string, host: string) =>
    say(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  t.match(await ask('http://x/', 'y'), /^HTTP\/1\.1 200 /);
  t.match(await ask('http://x', 'x'), /^HTTP\/1\.1 200 /);
  t.match(await ask('ftp://x/', 'x'), /^HTTP\/1\.1 400 /);
  t.match(await ask('file:///etc/passwd', 'x'), /^HTTP\/1\.1 400 /);
  t.match(await ask('*', 'x'), /^HTTP\/1\.1 400 /);
});

t.test('headers without end, and paths that lead out', async (t) => {
  const many = Array.from({ length: 3000 }, (_, i) => `H${i}: x`).join('\r\n');
  t.match(await say(`GET / HTTP/1.1\r\nHost: x\r\n${many}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  const long = 'a'.repeat(100_000);
  t.match(await say(`GET /${long} HTTP/1.1\r\nHost: x\r\n\r\n`), /^HTTP\/1\.1 4\d\d |^$/);
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..\\secret.txt',
  ]) {
    const answer = await say(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    t.match(answer, /^HTTP\/1\.1 40[04] /, path);
    t.notMatch(answer, /secret/);
  }
});

t.test('ranges: many, overlapping, absurd', async (t) => {
  const many = `bytes=${Array.from({ length: 500 }, (_, i) => `${i}-`).join(',')}`;
  const waiting = Array.from({ length: 20 }, () => get('/', { range: many }));
  for (const body of await Promise.all(waiting))
    t.equal(body.length, PAGE.length, 'all of it, once');
  const absurd = await get('/large.bin', { range: 'bytes=0-99999999999999999999' });
  t.ok(absurd.equals(LARGE));
  t.match(String(await get('/', { range: 'bytes=99999999999999999999-' })), /Range Not/);
  for (let i = 0; i < 200; i += 1) {
    const part = await get('/large.bin', { range: `bytes=${i * 9999}-${i * 9999 + 9}` });
    t.ok(part.equals(LARGE.subarray(i * 9999, i * 9999 + 10)));
  }
});

t.test('spaces in headers, which a careless pattern tries in every way', async (t) => {
  const spaces = ' '.repeat(15_000);
  const before = processorTime();
  for (let i = 0; i < 20; i += 1) {
    await get('/', { range: `bytes=${spaces}x` });
    await get('/', { range: `bytes=1-${spaces}x` });
    await get('/', { 'accept-encoding': `a${spaces}b` });
  }
  const seconds = processorTime() - before;
  t.ok(seconds < 2, `${seconds.toFixed(1)} s of processor time`);
});

t.test('thousands of requests in a few packets, whose answers nobody reads', async (t) => {
  const request = 'GET /large.bin HTTP/1.1\r\nHost:x\r\n\r\n';
  const sockets = await Promise.all(Array.from({ length: 4 }, open));
  for (const socket of sockets) {
    socket.pause();
    socket.write(request.repeat(1500));
  }
  // Those that are behind get nothing more; whoever comes now is served after what was read of them.
  for (let i = 0; i < 20; i += 1) t.equal(String(await get('/')), PAGE);
  const grown = memory() - before;
  t.ok(grown < 256, `memory meanwhile: ${grown.toFixed(0)} MiB more`);
  for (const socket of sockets) socket.destroy();
});

t.test('several requests in one packet are all answered', async (t) => {
  const one = 'GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n';
  const last = 'GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  const answers = await say(one + one + last, false);
  t.equal(answers.split('HTTP/1.1 200 OK').length, 3);
  t.match(answers.slice(-400), /HTTP\/1\.1 404 /);
  t.ok(answers.length > 2 * LARGE.length, 'in full');
});

t.test('clients that read nothing, say nothing, or say it slowly', async (t) => {
  const sockets = await Promise.all(Array.from({ length: 600 }, open));
  for (const [i, socket] of sockets.entries()) {
    socket.pause();
    // A third wants large files and reads none of them, a third begins a request, a third is silent.
    if (i % 3 === 0) socket.write('GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n');
    if (i % 3 === 1) socket.write('GET / HTTP/1.1\r\nHost: ');
  }
  for (let i = 0; i < 5; i += 1) {
    for (const [j, socket] of sockets.entries()) if (j % 3 === 1) socket.write('x');
    t.equal(String(await get('/')), PAGE, 'others are served');
  }
  const grown = memory() - before;
  t.ok(grown < 128, `memory meanwhile: ${grown.toFixed(0)} MiB more`);
  for (const socket of sockets) socket.destroy();
});

t.test('a client that has read nothing for a while is disconnected', async (t) => {
  // The kernel says so, since what it has for this client hides the end from it.
  const address = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const [from, to] = [address(port), address(stalled.localPort as number)];
  const connected = new RegExp(`:${from} \\w+:${to} 01 `);
  const isConnected = () => connected.test(readFileSync('/proc/net/tcp', 'utf8'));
  for (let looks = 0; looks < 600 && isConnected(); looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  t.notOk(isConnected());
  stalled.destroy();
});

t.test('afterwards', async (t) => {
  await work();
  const grown = memory() - before;
  t.ok(grown < MAX_GROWTH, `memory: ${grown.toFixed(0)} MiB more`);
  t.equal(String(await get('/')), PAGE);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  t.equal(code, 0);
});
