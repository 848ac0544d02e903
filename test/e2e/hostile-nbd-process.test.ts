// The process that serves NBD: hostile clients cost it little, it has no rights to lose, and another one replaces it.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { encodeInfoRequest } from '../../tender/nbd/info-request.ts';
import { Command, Option } from '../../tender/nbd/numbers.ts';
import { encodeOptionRequest } from '../../tender/nbd/option-request.ts';
import { encodeRequest } from '../../tender/nbd/request.ts';
import { deferred } from '../fixtures/deferred.ts';
import { becomes, CONFINED_USER, childrenOf, isAlive, isRoot } from '../fixtures/processes.ts';
import { makeImage, shortFolder, startServer } from '../fixtures/serve.ts';

const CLIENTS = 20;
const folder = shortFolder((clean) => t.teardown(clean));
const image = await makeImage(folder, 'disk.img', 3 << 20);
const content = readFileSync(image);
const path = join(folder, 'nbd.sock');
const server = await startServer([image, `--nbd=unix:${path}`, `--clients=${CLIENTS}`]);
t.teardown(() => server.child.kill());
const serving = () => childrenOf(server.child.pid as number)[0] as number;

const FLAGS = Buffer.from([0, 0, 0, 3]);
const GO = encodeOptionRequest(Option.GO, encodeInfoRequest({ name: '', infos: [] }));
const HELLO = Buffer.concat([FLAGS, GO]);
/** What comes before the first reply: a greeting, an info, an acknowledgement. */
const HELLO_BYTES = 18 + 32 + 20;
const REPLY_BYTES = 16;
const read = (length: number, offset = 0) =>
  encodeRequest({ type: Command.READ, flags: 0, high: 0, low: 1, offset, length });
const whole = read(content.length);

/** A client that counts what it gets; `gone` settles when the server has closed the connection. */
function client(first: Buffer = HELLO, at = path) {
  let bytes = 0;
  const socket: Socket = connect(at, () => void socket.write(first));
  const { promise: gone, resolve } = deferred();
  socket.on('data', (piece: Buffer) => {
    bytes += piece.length;
  });
  socket.on('error', () => {});
  socket.on('close', () => resolve());
  return { socket, gone, bytes: () => bytes };
}

async function serves(): Promise<boolean> {
  const { socket, bytes, gone } = client(Buffer.concat([HELLO, whole]));
  const complete = await becomes(() => bytes() === HELLO_BYTES + REPLY_BYTES + content.length);
  socket.destroy();
  await gone;
  return complete;
}
const told = (name: string) => server.told.filter(({ event }) => event === name);
/** All that left were heard. */
const isQuiet = () => becomes(() => told('connect').length === told('disconnect').length);

t.test('the walls around it', async (t) => {
  const status = readFileSync(`/proc/${serving()}/status`, 'utf8');
  t.match(status, /^Seccomp:\s+2$/m);
  t.match(status, /^NoNewPrivs:\s+1$/m);
  t.match(status, /^CapEff:\s+0{16}$/m);
  t.match(status, /^CapBnd:\s+0{16}$/m);
  t.match(status, new RegExp(`^Uid:\\s+${CONFINED_USER}\\s+${CONFINED_USER}\\s`, 'm'));
  const limits = readFileSync(`/proc/${serving()}/limits`, 'utf8');
  t.match(limits, /^Max processes\s+0\s+0 /m);
  // Its own, and one for each client.
  t.match(limits, new RegExp(`^Max open files\\s+${32 + 2 + CLIENTS}\\s`, 'm'));
});

t.test('what is no NBD, or ends in the middle, costs nobody else anything', async (t) => {
  const pid = serving();
  const garbage: [Buffer, RegExp][] = [
    [Buffer.from('GET / HTTP/1.1\r\n\r\n'), /unknown client flags/],
    [Buffer.concat([FLAGS, Buffer.alloc(64, 0xff)]), /not an NBD option/],
    [
      Buffer.concat([FLAGS, Buffer.from('IHAVEOPT\0\0\0\x07\xff\xff\xff\xff', 'latin1')]),
      /option 7 with 4294967295 bytes of data/,
    ],
    [Buffer.concat([HELLO, Buffer.alloc(64, 0xff)]), /not an NBD request/],
  ];
  for (const [bytes, reason] of garbage) {
    await client(bytes).gone;
    const isTold = () => told('disconnect').some((one) => reason.test(String(one.reason)));
    t.ok(await becomes(isTold), String(reason));
  }
  for (const bytes of [Buffer.alloc(0), FLAGS, Buffer.concat([HELLO, whole.subarray(0, 9)])]) {
    const { socket, gone } = client(bytes);
    socket.end();
    await gone;
  }
  for (let round = 0; round < 20; round += 1) {
    const { socket, gone } = client(Buffer.concat([HELLO, whole, whole]));
    socket.once('data', () => socket.destroy());
    await gone;
  }
  t.ok(await serves());
  t.ok(await isQuiet());
  t.equal(serving(), pid);
});

t.test('bytes come one by one', async (t) => {
  const { socket, bytes } = client(Buffer.alloc(0));
  for (const byte of Buffer.concat([HELLO, read(4096), read(4096)])) {
    socket.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  t.ok(await becomes(() => bytes() === HELLO_BYTES + 2 * (REPLY_BYTES + 4096)));
  socket.destroy();
});

t.test('clients that ask for much and read nothing', async (t) => {
  const pid = serving();
  const resident = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) >> 10;
  t.ok(await serves());
  const before = resident();
  const endless = Buffer.concat([HELLO, ...Array.from({ length: 500 }, () => whole)]);
  const clients = Array.from({ length: CLIENTS - 1 }, () => client(endless));
  for (const { socket } of clients) socket.pause();
  t.ok(await becomes(() => told('connect').length - told('disconnect').length === CLIENTS - 1));
  t.ok(await serves(), 'others are served meanwhile');
  const grown = resident() - before;
  t.ok(grown < 2 * CLIENTS, `${grown} MiB for 28 GiB that were asked for`);
  for (const { socket } of clients) socket.destroy();
  t.ok(await isQuiet());
});

t.test('a client with endless requests has one turn among others', async (t) => {
  const total = 400;
  const greedy = client(Buffer.concat([HELLO, ...Array.from({ length: total }, () => whole)]));
  t.ok(await becomes(() => greedy.bytes() > content.length));
  t.ok(await serves());
  t.ok(greedy.bytes() < (total * content.length) / 2, `${greedy.bytes()} bytes meanwhile`);
  greedy.socket.destroy();
  t.ok(await isQuiet());
});

t.test('more connections than there may be: the first ones stay, and make room', async (t) => {
  const held = Array.from({ length: CLIENTS }, () => client());
  t.ok(await becomes(() => held.every(({ bytes }) => bytes() === HELLO_BYTES)));
  await client().gone;
  const { reason } = await server.hears(({ event }) => event === 'refused');
  t.equal(reason, `${CLIENTS} clients are connected already`);
  for (const { socket } of held) socket.destroy();
  t.ok(await isQuiet());
  t.ok(await serves());
});

t.test('thousands of connections leave nothing behind', async (t) => {
  const descriptors = () => readdirSync(`/proc/${serving()}/fd`).length;
  t.ok(await isQuiet());
  const before = isRoot ? descriptors() : 0;
  for (let round = 0; round < 100; round += 1) {
    const clients = Array.from({ length: CLIENTS }, (_, index) => {
      const one = client(index % 2 === 0 ? HELLO : Buffer.alloc(0));
      one.socket.once('data', () => one.socket.destroy());
      return one;
    });
    await Promise.all(clients.map(({ gone }) => gone));
  }
  t.ok(await isQuiet());
  if (isRoot) t.equal(descriptors(), before);
  t.ok(await serves());
});

t.test('no descriptor for a new client: it waits until one leaves', async (t) => {
  const other = join(folder, 'few.sock');
  const program = join(import.meta.dirname, '../../dist/bin/docteur.js');
  const command = 'ulimit -n 40 && exec "$@"';
  const args = [
    process.execPath,
    program,
    'serve',
    '--json',
    '--clients=100',
    `--nbd=unix:${other}`,
  ];
  const child = spawn('sh', ['-c', command, 'sh', ...args, image]);
  t.teardown(() => child.kill());
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  t.ok(await becomes(() => said.includes('listening')));
  const held = Array.from({ length: 60 }, () => client(HELLO, other));
  t.ok(await becomes(() => /no client can be accepted: accept4: too many open files/.test(said)));
  const pid = childrenOf(child.pid as number)[0];
  const busy = () => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
    return Number(fields[13]) + Number(fields[14]);
  };
  const before = busy();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  t.ok(busy() - before < 6, 'it does not look at the queue all the time');
  const waiting = held.filter(({ bytes }) => bytes() === 0);
  t.ok(waiting.length > 10);
  for (const { socket, bytes } of held) if (bytes() > 0) socket.destroy();
  t.ok(await becomes(() => waiting.some(({ bytes }) => bytes() === HELLO_BYTES)));
  for (const { socket } of held) socket.destroy();
});

t.test('a process that dies is replaced; its clients are told of', async (t) => {
  const old = serving();
  const { gone, bytes } = client();
  t.ok(await becomes(() => bytes() === HELLO_BYTES));
  process.kill(old, 'SIGKILL');
  await gone;
  await server.hears(({ event }) => event === 'restart');
  const reason = 'the process of the server has ended';
  t.ok(await becomes(() => told('disconnect').some((one) => one.reason === reason)));
  t.ok(await becomes(() => serving() !== undefined && serving() !== old));
  t.ok(await serves());
});

t.test('SIGHUP: the old process ends with its last client', async (t) => {
  const old = serving();
  const stays = client();
  t.ok(await becomes(() => stays.bytes() === HELLO_BYTES));
  server.child.kill('SIGHUP');
  await server.hears(({ event }) => event === 'swapped');
  t.ok(await serves());
  t.ok(isAlive(old));
  stays.socket.write(whole);
  t.ok(await becomes(() => stays.bytes() === HELLO_BYTES + REPLY_BYTES + content.length));
  stays.socket.destroy();
  t.ok(await becomes(() => !isAlive(old)));
  t.ok(await serves());
});

t.test('the end: connected clients are told of, and nothing is left', async (t) => {
  const last = serving();
  const { bytes, gone } = client();
  t.ok(await becomes(() => bytes() === HELLO_BYTES));
  const { status } = await server.stop();
  t.equal(status, 0);
  await gone;
  t.equal(told('connect').length, told('disconnect').length);
  t.ok(await becomes(() => !isAlive(last)));
});
