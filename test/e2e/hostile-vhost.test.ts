// A front end of vhost-user that is none, and the jail of the process that it talks to.
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { encodeMemoryTable } from '../../tender/exports/vhost-user/wire/memory-table.ts';
import { encodeMessage, VhostRequest } from '../../tender/exports/vhost-user/wire/message.ts';
import { becomes, CONFINED_USER, childrenOf } from '../fixtures/processes.ts';
import { makeImage, shortFolder, startServer } from '../fixtures/serve.ts';

const folder = shortFolder((clean) => t.teardown(clean));
const image = await makeImage(folder, 'disk.img', 20_000);
const path = join(folder, 'vhost.sock');
const server = await startServer([image, `--vhost-user=${path}`]);
t.teardown(() => server.child.kill());
const device = () => childrenOf(server.child.pid as number)[0] as number;

/** Says something, and gives what is answered until the connection ends or `bytes` have come. */
function say(what: Buffer, bytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
  return new Promise((resolve) => {
    const got: Buffer[] = [];
    const socket: Socket = connect(path, () => void socket.write(what));
    const end = () => {
      resolve(Buffer.concat(got));
      socket.destroy();
    };
    socket.on('data', (piece: Buffer) => {
      got.push(piece);
      if (Buffer.concat(got).length >= bytes) end();
    });
    socket.on('error', () => {});
    socket.on('close', end);
  });
}
const reasons = () =>
  server.told.filter(({ event }) => event === 'disconnect').map(({ reason }) => reason);

t.test('an honest one is answered', async (t) => {
  const answer = await say(encodeMessage(VhostRequest.GET_FEATURES, Buffer.alloc(0), 0), 20);
  t.equal(answer.subarray(12).toString('hex'), '6400004001000000');
});

t.test('others are sent away, and the next one is served', async (t) => {
  const pid = device();
  const table = encodeMemoryTable([{ guest: 0, size: 4096, user: 4096, offset: 0 }]);
  const cases: [Buffer, RegExp][] = [
    [Buffer.alloc(12), /not a message of vhost-user/],
    [encodeMessage(VhostRequest.GET_FEATURES, Buffer.alloc(5000), 0), /with 5000 bytes/],
    [encodeMessage(99, Buffer.alloc(0), 0), /unknown request 99/],
    [encodeMessage(VhostRequest.SET_MEM_TABLE, table, 0), /1 regions of memory with 0/],
    [encodeMessage(VhostRequest.SET_VRING_KICK, Buffer.alloc(8), 0), /without its descriptor/],
  ];
  for (const [bytes, reason] of cases) {
    await say(bytes);
    t.ok(await becomes(() => reasons().some((text) => reason.test(String(text)))), String(reason));
  }
  t.equal((await say(encodeMessage(VhostRequest.GET_QUEUE_NUM, Buffer.alloc(0), 0), 20))[12], 1);
  t.equal(device(), pid, 'by the same process');
});

t.test('the walls around it', async (t) => {
  const status = readFileSync(`/proc/${device()}/status`, 'utf8');
  t.match(status, /^Seccomp:\s+2$/m);
  t.match(status, /^NoNewPrivs:\s+1$/m);
  t.match(status, /^CapEff:\s+0{16}$/m);
  t.match(status, /^CapBnd:\s+0{16}$/m);
  t.match(status, new RegExp(`^Uid:\\s+${CONFINED_USER}\\s+${CONFINED_USER}\\s`, 'm'));
  const limits = readFileSync(`/proc/${device()}/limits`, 'utf8');
  t.match(limits, /^Max processes\s+0\s+0 /m);
  t.match(limits, /^Max open files\s+64\s+64 /m);
});

t.test('SIGHUP: the next front end finds the new image', async (t) => {
  const before = device();
  writeFileSync(image, readFileSync(await makeImage(folder, 'other.img', 90_000)));
  server.child.kill('SIGHUP');
  await server.hears(({ event }) => event === 'swapped');
  t.ok(await becomes(() => device() !== undefined && device() !== before));
  const ask = Buffer.alloc(12 + 8);
  ask.writeUInt32LE(8, 4);
  const answer = await say(encodeMessage(VhostRequest.GET_CONFIG, ask, 0), 32);
  t.equal(answer.readUInt32LE(24) * 512, readFileSync(image).length);
  t.notOk(
    server.told.some(({ event }) => event === 'restart'),
    'it retired; it did not die',
  );
});

t.test('a device that dies is replaced', async (t) => {
  process.kill(device(), 'SIGKILL');
  await server.hears(({ event }) => event === 'restart');
  t.ok(await becomes(() => device() !== undefined));
  t.equal((await say(encodeMessage(VhostRequest.GET_QUEUE_NUM, Buffer.alloc(0), 0), 20))[12], 1);
  const last = device();
  t.equal((await server.stop()).status, 0);
  t.ok(await becomes(() => !isThere(last)), 'it ends with the server');
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
