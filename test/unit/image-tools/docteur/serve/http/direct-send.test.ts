// What goes to the kernel without a stream: in order with what streams send, and never more than the socket takes.
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { openDirectSend } from '../../../../../../image-tools/docteur/serve/http/direct-send.ts';

const direct = openDirectSend();
const LARGE = Buffer.from(new ArrayBuffer(64 << 20)).fill('some words ');
const few = (text: string) => Buffer.from(new TextEncoder().encode(text).buffer);

/** Both sides of a connection. */
async function pair(t: Test): Promise<{ server: Socket; client: Socket }> {
  const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const [server] = (await once(listener, 'connection')) as [Socket];
  server.on('error', () => {});
  client.on('error', () => {});
  t.teardown(() => {
    server.destroy();
    client.destroy();
    listener.close();
  });
  return { server, client };
}

async function all(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part);
  return Buffer.concat(parts);
}

t.test('small answers go out whole', async (t) => {
  const { server, client } = await pair(t);
  t.equal(direct(server, few('one ')), 4);
  t.equal(direct(server, few('two')), 3);
  server.end();
  t.equal(direct(server, few('three')), 0, 'nothing comes after the end');
  t.equal(String(await all(client)), 'one two');
});

t.test(
  'what a client does not take is left to the stream, which goes first from then on',
  async (t) => {
    const { server, client } = await pair(t);
    client.pause();
    const sent = direct(server, LARGE);
    t.ok(sent > 0 && sent < LARGE.length, `${sent} bytes`);
    server.write(LARGE.subarray(sent));
    t.equal(direct(server, few('end')), 0);
    server.end('end');
    t.equal(direct(server, few('more')), 0, 'nothing comes after the end');
    t.ok((await all(client)).equals(Buffer.concat([LARGE, few('end')])));
  },
);

t.test('what the stream still holds goes first', async (t) => {
  const { server, client } = await pair(t);
  server.cork();
  server.write('one ');
  t.equal(direct(server, few('two')), 0);
  server.uncork();
  server.end('two');
  t.equal(String(await all(client)), 'one two');
});

t.test('a client that is gone, and a socket that was closed', async (t) => {
  const { server, client } = await pair(t);
  client.resetAndDestroy();
  await once(client, 'close');
  t.equal(direct(server, few('one')), 0);
  const error = await new Promise((resolve) => server.write('one', resolve));
  t.ok(error, 'the stream is told');

  const other = await pair(t);
  other.server.destroy();
  t.equal(direct(other.server, few('one')), 0);
});
