// Connections that read into one buffer for all: bytes are taken or go to the stream, and the server counts them on.
import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { readInPlace } from '../../../../../../image-tools/docteur/serve/http/read-in-place.ts';

interface Pair {
  readonly server: Server;
  readonly accepted: Socket;
  readonly client: Socket;
}

async function pair(t: Test): Promise<Pair> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  t.teardown(() => {
    client.destroy();
    server.close();
  });
  return { server, accepted, client };
}

const connections = (server: Server) =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));

/** Sends four texts, each once the one before was read; only the first two are taken. */
async function exchange(from: Socket, to: Socket) {
  const taken: Buffer[] = [];
  const texts: string[] = [];
  let isPassedOn = false;
  let read: (text: string) => void = () => {};
  const socket = readInPlace(to, (chunk) => {
    if (texts.length < 2) {
      taken.push(chunk);
      read(String(chunk));
      return true;
    }
    if (!isPassedOn) socket.on('data', (part: Buffer) => read(`stream: ${part}`));
    isPassedOn = true;
    return false;
  });
  for (const text of ['first', 'second', 'third', 'fourth']) {
    const heard = new Promise<string>((resolve) => {
      read = resolve;
    });
    from.write(text);
    texts.push(await heard);
  }
  return { socket, taken, texts };
}

const TEXTS = ['first', 'second', 'stream: third', 'stream: fourth'];

t.test('a connection that a server accepted', async (t) => {
  const { server, accepted, client } = await pair(t);
  const other = await pair(t);
  const { socket, taken, texts } = await exchange(client, accepted);
  t.strictSame(texts, TEXTS);
  t.not(socket, accepted);
  const { taken: others } = await exchange(other.client, other.accepted);
  const memory = new Set([...taken, ...others].map(({ buffer }) => buffer));
  t.equal(memory.size, 1, 'all connections read into one buffer');
  t.equal(await connections(server), 1);

  const ended = once(socket, 'end');
  client.end('the last');
  await ended;
  const closed = once(socket, 'close');
  socket.end('an answer');
  t.equal(String(await once(client, 'data')), 'an answer', 'each side ends for itself');
  await closed;
  t.equal(await connections(server), 0, 'the server knows that it is closed');
});

t.test('a connection that is paused', async (t) => {
  const { accepted, client } = await pair(t);
  let length = 0;
  const socket = readInPlace(accepted, (chunk) => {
    length += chunk.length;
    if (length === 1) socket.pause();
    return true;
  });
  client.write('a');
  while (length === 0) await new Promise((resolve) => setImmediate(resolve));
  client.write('b'.repeat(1000));
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  t.equal(length, 1, 'nothing is read');
  socket.resume();
  while (length < 1001) await new Promise((resolve) => setImmediate(resolve));
  t.equal(length, 1001);
});

t.test('a connection of another kind stays as it is', async (t) => {
  const { accepted, client } = await pair(t);
  const { socket, texts } = await exchange(accepted, client);
  t.strictSame(texts, TEXTS);
  t.equal(socket, client);
});
