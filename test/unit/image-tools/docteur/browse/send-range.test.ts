import { once } from 'node:events';
import { closeSync, fstatSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { sendFileRange } from '../../../../../image-tools/docteur/browse/send-range.ts';

t.test('a client that goes away leaves the file open', async (t) => {
  const path = join(t.testdir(), 'disk.img');
  // More than a connection holds.
  const content = Buffer.alloc(64 << 20, 'docteur');
  writeFileSync(path, content);
  const fd = openSync(path, 'r');
  t.teardown(() => closeSync(fd));
  const sent: Promise<void>[] = [];
  const server = createServer((request, response) => {
    sent.push(sendFileRange(fd, request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  await t.rejects(sent[0] as Promise<void>, { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  t.equal(fstatSync(fd).size, content.length);
  const headers = { range: 'bytes=10-19', connection: 'close' };
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers });
  t.equal(answer.status, 206);
  t.equal(await answer.text(), String(content.subarray(10, 20)));
  await sent[1];
  t.equal(fstatSync(fd).size, content.length, 'and so does one that has all');
});
