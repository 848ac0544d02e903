// Clients that break the protocol, hold on to things, or go away: each costs the server little, and nobody else.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { checkDevice } from '../../tender/block/filters/checked.ts';
import { createMemoryDevice } from '../../tender/block/memory-device.ts';
import type { ConnectionEnd } from '../../tender/exports/nbd/conversation.ts';
import { ExportList } from '../../tender/exports/nbd/exports.ts';
import { type NbdEvent, serveNbd } from '../../tender/exports/nbd/server.ts';
import { loadTls } from '../../tender/exports/nbd/tls.ts';
import { encodeInfoRequest } from '../../tender/nbd/info-request.ts';
import { Command, Option } from '../../tender/nbd/numbers.ts';
import { encodeOptionRequest } from '../../tender/nbd/option-request.ts';
import { encodeRequest } from '../../tender/nbd/request.ts';
import { deferred } from '../fixtures/deferred.ts';
import { becomes } from '../fixtures/processes.ts';
import { run, shortFolder } from '../fixtures/serve.ts';
import { Random } from '../fuzz/random.ts';

const folder = shortFolder((clean) => t.teardown(clean));
const content = Buffer.from(new Random(3).bytes(1 << 20));
const FLAGS = Buffer.from([0, 0, 0, 3]);
const GO = encodeOptionRequest(Option.GO, encodeInfoRequest({ name: '', infos: [] }));
const read = (length: number) =>
  encodeRequest({ type: Command.READ, flags: 0, high: 0, low: 1, offset: 0, length });

function memoryExport(bytes = content): ExportList {
  const exports = new ExportList();
  const device = checkDevice(createMemoryDevice(bytes));
  exports.replace([{ name: 'd', description: '', device }]);
  return exports;
}

let sockets = 0;
async function startServer(options: Partial<Parameters<typeof serveNbd>[0]> = {}) {
  sockets += 1;
  const path = join(folder, `${sockets}.sock`);
  const events: NbdEvent[] = [];
  const server = await serveNbd({
    listeners: [{ kind: 'unix', path }],
    exports: memoryExport(),
    tls: undefined,
    onEvent: (event) => void events.push(event),
    ...options,
  });
  const ends = () =>
    events.filter((one) => one.event === 'disconnect') as unknown as ConnectionEnd[];
  return { path, server, events, ends };
}

/** A client; `gone` settles when the server has closed the connection. */
function client(path: string): { socket: Socket; gone: Promise<void>; got: () => Buffer } {
  const pieces: Buffer[] = [];
  const socket = connect(path);
  socket.on('data', (bytes) => void pieces.push(bytes));
  socket.on('error', () => {});
  const { promise, resolve } = deferred();
  socket.on('close', () => resolve());
  return { socket, gone: promise, got: () => Buffer.concat(pieces) };
}

/** Somebody else is still served. */
async function serves(path: string): Promise<boolean> {
  const { socket, got, gone } = client(path);
  socket.write(Buffer.concat([FLAGS, GO, read(content.length)]));
  const whole = await becomes(() => got().includes(content.subarray(-4096)));
  socket.destroy();
  await gone;
  return whole;
}

t.test('what is no NBD, or ends in the middle', async (t) => {
  const { path, server, ends } = await startServer();
  const garbage: Buffer[] = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from([0, 0, 0, 99]),
    Buffer.concat([FLAGS, Buffer.alloc(64, 0xff)]),
    Buffer.concat([FLAGS, GO, Buffer.alloc(64, 0xff)]),
  ];
  for (const bytes of garbage) {
    const { socket, gone } = client(path);
    socket.write(bytes);
    await gone;
  }
  for (const bytes of [
    Buffer.alloc(0),
    FLAGS,
    Buffer.concat([FLAGS, GO, read(1).subarray(0, 9)]),
  ]) {
    const { socket, gone } = client(path);
    socket.end(bytes);
    await gone;
  }
  t.ok(await becomes(() => ends().length === garbage.length + 3));
  t.equal(ends().filter(({ reason }) => reason !== undefined).length, garbage.length);
  t.ok(await serves(path));
  await server.close();
});

t.test('clients that vanish while they are answered', async (t) => {
  const { path, server } = await startServer();
  for (let round = 0; round < 20; round += 1) {
    const { socket, gone } = client(path);
    socket.write(Buffer.concat([FLAGS, GO, read(content.length), read(content.length)]));
    socket.once('data', () => socket.destroy());
    await gone;
  }
  t.ok(await becomes(() => server.clients === 0));
  t.ok(await serves(path));
  await server.close();
});

t.test('more connections than there may be: the first ones stay, and make room', async (t) => {
  const { path, server, events } = await startServer({ maxConnections: 3 });
  const held = [client(path), client(path), client(path)];
  t.ok(await becomes(() => server.clients === 3));
  await client(path).gone;
  t.match(
    events.filter(({ event }) => event === 'refused'),
    [{ reason: '3 clients are connected already' }],
  );
  held[0]?.socket.destroy();
  t.ok(await becomes(() => server.clients === 2));
  t.ok(await serves(path));
  await server.close();
  await Promise.all(held.map(({ gone }) => gone));
});

t.test('a client that asks for much and reads nothing', async (t) => {
  const { path, server } = await startServer();
  const before = process.memoryUsage().rss;
  const clients = Array.from({ length: 16 }, () => client(path));
  for (const { socket } of clients) {
    socket.pause();
    socket.write(
      Buffer.concat([FLAGS, GO, ...Array.from({ length: 500 }, () => read(content.length))]),
    );
  }
  t.ok(await becomes(() => server.clients === 16));
  t.ok(await serves(path), 'others are served meanwhile');
  const grown = process.memoryUsage().rss - before;
  t.ok(grown < 96 << 20, `${grown >> 20} MiB for 8 GiB that were asked for`);
  for (const { socket } of clients) socket.destroy();
  await server.close();
});

t.test('a path where something stands already', async (t) => {
  const { path, server } = await startServer();
  const listeners = [{ kind: 'unix', path }] as const;
  await t.rejects(startServer({ listeners }), { message: `${path}: another server listens there` });
  await server.close();
  const file = join(folder, 'file');
  writeFileSync(file, 'precious');
  await t.rejects(startServer({ listeners: [{ kind: 'unix', path: file }] }), /not a socket/);
  // What a killed server leaves.
  const left = join(folder, 'left.sock');
  const program = `require('node:net').createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, 9))`;
  spawnSync(process.execPath, ['-e', program]);
  const again = await startServer({ listeners: [{ kind: 'unix', path: left }] });
  t.ok(await serves(left));
  await again.server.close();
});

const hasTlsClient = (await run('nbdinfo', ['--version'])).status === 0;
t.test(
  'TLS: shared keys; the wrong one, none, plain text',
  { skip: !hasTlsClient && 'no nbdinfo' },
  async (t) => {
    const keys = join(folder, 'keys.psk');
    const wrong = join(folder, 'wrong.psk');
    writeFileSync(keys, `alice:${'0f'.repeat(32)}\n`);
    writeFileSync(wrong, `alice:${'f0'.repeat(32)}\nmallory:${'0f'.repeat(32)}\n`);
    const { path, server } = await startServer({ tls: loadTls({ psk: keys }) });
    const uri = (user: string, file: string) =>
      `nbds+unix://${user}@/?socket=${path}&tls-psk-file=${file}`;
    const fine = await run('nbdinfo', ['--json', uri('alice', keys)]);
    t.match(JSON.parse(fine.stdout), { TLS: true });
    const out = join(folder, 'copy');
    t.equal((await run('nbdcopy', [uri('alice', keys), out])).status, 0);
    t.ok(readFileSync(out).equals(content));
    t.not((await run('nbdinfo', [uri('alice', wrong)])).status, 0);
    t.not((await run('nbdinfo', [uri('mallory', wrong)])).status, 0);
    const plain = await run('nbdinfo', [`nbd+unix:///?socket=${path}`]);
    t.not(plain.status, 0);
    const { socket, gone, got } = client(path);
    socket.write(Buffer.concat([FLAGS, encodeOptionRequest(Option.STARTTLS), GO, GO]));
    await gone;
    t.notOk(got().includes(content.subarray(0, 64)));
    await server.close();
  },
);

t.test(
  'TLS: certificates, of the server and of clients',
  { skip: !hasTlsClient && 'no nbdinfo' },
  async (t) => {
    const pki = join(folder, 'pki');
    const script = `set -e; mkdir ${pki}; cd ${pki}
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout ca-key.pem -out ca-cert.pem
    for who in server client; do
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout $who-key.pem -out $who.csr
      printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > $who.ext
      openssl x509 -req -in $who.csr -CA ca-cert.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile $who.ext -out $who-cert.pem
    done
    mkdir stranger; cp ca-cert.pem stranger`;
    if ((await run('sh', ['-c', script])).status !== 0) {
      t.pass('skipped: no openssl');
      return;
    }
    const listeners = [{ kind: 'tcp', host: 'localhost', port: 0, local: true }] as const;
    for (const verifyPeer of [false, true]) {
      const { server } = await startServer({
        listeners,
        tls: loadTls({ certificates: pki, verifyPeer }),
      });
      const uri = (from: string) => `nbds://localhost:${server.ports[0]}/?tls-certificates=${from}`;
      t.equal((await run('nbdinfo', [uri(pki)])).status, 0);
      const stranger = await run('nbdinfo', [uri(join(pki, 'stranger'))]);
      t.equal(stranger.status === 0, !verifyPeer, 'a client without a certificate');
      await server.close();
    }
  },
);

t.test('TLS: files that make no sense are refused by name', async (t) => {
  t.throws(() => loadTls({ certificates: folder }), /server-cert\.pem: No such file/);
  const bad = join(folder, 'bad.psk');
  for (const text of [
    '',
    'alice\n',
    'alice:xyz\n',
    'alice:0011\n',
    ':00112233445566778899aabbccddeeff\n',
  ]) {
    writeFileSync(bad, text);
    t.throws(() => loadTls({ psk: bad }), /bad\.psk: (line 1: expected NAME:KEY|no keys)/);
  }
});
