// Connections of plain requests, over real sockets, with Node's own server behind for all others.
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { SiteResponse } from '../../../../../../guest/host/web/site-response.ts';
import type { Answered } from '../../../../../../image-tools/docteur/serve/http/answered.ts';
import { openDirectSend } from '../../../../../../image-tools/docteur/serve/http/direct-send.ts';
import { PlainConnections } from '../../../../../../image-tools/docteur/serve/http/plain-connections.ts';
import { SendBuffers } from '../../../../../../image-tools/docteur/serve/http/send-buffers.ts';

const LARGE = Buffer.alloc(5_000_000, 'some content ');

interface Started {
  readonly port: number;
  readonly plain: PlainConnections;
  readonly answered: Answered[];
  /** Bodies that are being read. */
  reading: number;
}

async function start(
  t: Test,
  answer: (target: string) => SiteResponse | undefined,
  idleMs = 10_000,
  direct = openDirectSend(),
): Promise<Started> {
  const answered: Answered[] = [];
  const site = {
    enter: () => {
      started.reading += 1;
    },
    leave: () => {
      started.reading -= 1;
    },
  };
  const plain = new PlainConnections({
    idleMs,
    buffers: new SendBuffers(),
    answer({ target }) {
      const response = answer(target);
      return response && { response, site };
    },
    onAnswered: (one) => answered.push(one),
    direct,
  });
  const server = createServer((request, response) => {
    response.end(`node: ${request.method} ${request.url}`);
  });
  const [toNode] = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (accepted) =>
    plain.serve(accepted, (socket) => toNode?.call(server, socket)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    plain.destroy();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const started: Started = { port, plain, answered, reading: 0 };
  return started;
}

const text = (words: string, more: Record<string, string> = {}): SiteResponse => ({
  status: 200,
  headers: { 'content-length': String(words.length), ...more },
  body: Buffer.from(words),
});

const file = (bytes: Uint8Array, fails = Number.POSITIVE_INFINITY): SiteResponse => ({
  status: 200,
  headers: { 'content-length': String(bytes.length) },
  body: {
    from: 0,
    to: bytes.length,
    fill(into: Uint8Array, offset: number) {
      if (offset >= fails) throw new Error('damaged');
      into.set(bytes.subarray(offset, offset + into.length));
    },
  },
});

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

/** Everything that comes until the server ends the connection. */
async function all(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part);
  return Buffer.concat(parts).toString('latin1');
}

/** What has come once it ends as said; rejects where the connection ends before. */
function until(socket: Socket, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = '';
    const hear = (part: Buffer) => {
      got += part;
      if (got.endsWith(end)) leave(() => resolve(got));
    };
    const close = (error: unknown) => leave(() => reject(error || new Error('closed')));
    const leave = (settle: () => void) => {
      socket.off('data', hear).off('close', close).off('error', close);
      settle();
    };
    socket.on('data', hear).on('close', close).on('error', close);
  });
}

t.test('requests one after the other, then one that is not plain', async (t) => {
  const { port, answered } = await start(t, (target) => text(`site: ${target}`));
  const socket = connect(port, '127.0.0.1');
  for (const path of ['/a', '/b?c']) {
    socket.write(get(path));
    const got = await until(socket, `site: ${path}`);
    t.match(got, /^HTTP\/1\.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: \d+\r\ndate: \w/);
  }
  socket.write(`${get('/c')}${get('/d', 'Connection: close\r\n')}`);
  const rest = await all(socket);
  t.ok(rest.includes('node: GET /c') && rest.endsWith('node: GET /d'), 'in their order');
  t.strictSame(
    answered.map(({ target, status, bytes }) => [target, status, bytes]),
    [
      ['/a', 200, 8],
      ['/b?c', 200, 10],
    ],
  );
});

t.test('a request that comes byte by byte', async (t) => {
  const { port } = await start(t, (target) => text(`site: ${target}`));
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  for (const character of get('/slow', 'Connection: close\r\n')) {
    socket.write(character);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.match(await all(socket), /node: GET \/slow$/);
});

t.test('answers that are not sent here', async (t) => {
  const answers: Record<string, SiteResponse | undefined> = {
    '/none': undefined,
    '/line': text('x', { 'x-own': 'a\r\nset-cookie: b' }),
    '/name': text('x', { 'x own': 'a' }),
    '/endless': { status: 200, headers: {}, body: Buffer.from('x') },
    '/long': text('x', { 'x-own': 'a'.repeat(20_000) }),
    '/damaged': file(LARGE, 0),
  };
  const started = await start(t, (target) => answers[target]);
  for (const path of Object.keys(answers)) {
    const socket = connect(started.port, '127.0.0.1');
    socket.write(get(path));
    t.match(await until(socket, path), /node: GET/, path);
    socket.destroy();
  }
  t.strictSame(started.answered, []);
  t.equal(started.reading, 0);
});

t.test('large bodies, as the client reads them', async (t) => {
  const asked: string[] = [];
  const started = await start(t, (target) => {
    asked.push(target);
    if (target === '/other') return text('another');
    return file(LARGE, target === '/damaged' ? 1_000_000 : undefined);
  });
  const socket = connect(started.port, '127.0.0.1');
  socket.write(get('/large'));
  await once(socket, 'readable');
  t.equal(started.reading, 1);
  // The next request waits, and so does the end of the client's side.
  socket.write(get('/again'));
  socket.end();
  const other = connect(started.port, '127.0.0.1');
  other.write(get('/other'));
  await until(other, 'another');
  other.destroy();
  const got = await all(socket);
  t.equal(started.reading, 0);
  const [, first, second] = got.split(/HTTP\/1\.1 200 OK\r\n[\s\S]*?\r\n\r\n/);
  t.ok(Buffer.from(first as string, 'latin1').equals(LARGE));
  t.ok(Buffer.from(second as string, 'latin1').equals(LARGE));
  t.strictSame(asked, ['/large', '/other', '/again'], 'what waits stays as it came');

  const cut = connect(started.port, '127.0.0.1');
  cut.write(get('/damaged'));
  const part = await all(cut).catch(() => '');
  t.ok(part.length < LARGE.length, 'a part that cannot be read cuts the connection');
  t.equal(started.reading, 0);

  const gone = connect(started.port, '127.0.0.1');
  gone.write(get('/large'));
  await once(gone, 'data');
  gone.destroy();
  while (started.reading > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  t.pass('a client that leaves lets go of the site');
});

t.test('a client that goes on reading stays, however long it takes', async (t) => {
  const length = 40 << 16;
  const body = { from: 0, to: length, fill: () => {} };
  const response = { status: 200, headers: { 'content-length': String(length) }, body };
  let taken = 0;
  const slowly = (_socket: Socket, { length }: Uint8Array) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40);
    taken += length;
    return length;
  };
  const started = await start(t, () => response, 400, slowly);
  const socket = connect(started.port, '127.0.0.1');
  socket.write(get('/'));
  let sent = 0;
  for await (const part of socket) {
    sent += part.length;
    if (started.reading === 0) break;
  }
  t.ok(taken + sent > length, `${taken} bytes to the kernel, ${sent} by the stream`);
  t.ok(sent > 4 << 16, 'the stream has parts again and again: its timer knows of no others');
});

t.test('one file again and again, to clients that read and to one that does not', async (t) => {
  const content = Buffer.alloc(40_000, 'some words ');
  const answer = file(content);
  const started = await start(t, () => answer);
  const slow = connect(started.port, '127.0.0.1');
  slow.pause();
  for (let i = 0; i < 3; i += 1) slow.write(get('/'));
  const dates = new Set<string>();
  const socket = connect(started.port, '127.0.0.1');
  // Through two turns of the second at least, and some requests in each.
  for (let round = 0; dates.size < 3 || round < 100; round += 1) {
    const before = Date.now();
    socket.write(get('/'));
    let got = '';
    while (got.length < content.length || !got.includes('\r\n\r\n')) {
      got += (await once(socket, 'data'))[0].toString('latin1');
      const at = got.indexOf('\r\n\r\n');
      if (at > 0 && got.length === at + 4 + content.length) break;
    }
    const [head = '', rest = ''] = got.split('\r\n\r\n');
    if (rest !== String(content)) t.fail('another content');
    const date = /^date: (.*)$/m.exec(head)?.[1] ?? '';
    const at = Date.parse(date);
    if (!(before - 1000 < at && at <= Date.now())) {
      t.fail(`another date: ${date}`);
      break;
    }
    dates.add(date);
  }
  t.pass(`${dates.size} seconds`);
  socket.destroy();
  slow.destroy();
});

t.test('a client that sends requests and reads no answers', async (t) => {
  let asked = 0;
  const body = Buffer.alloc(1 << 20);
  const started = await start(t, () => {
    asked += 1;
    return { ...text(''), headers: { 'content-length': String(body.length) }, body };
  });
  const socket = connect({ port: started.port, host: '127.0.0.1', noDelay: true });
  socket.pause();
  await once(socket, 'connect');
  const sends = 100;
  for (let sent = 1; sent <= sends; sent += 1) {
    socket.write(get('/'));
    // One request at a time: several at once are not plain.
    for (let turn = 0; turn < 1000 && asked < sent; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (asked < sent) break;
  }
  t.ok(asked > 0 && asked < sends, `${asked} answers wait for a client that reads none`);
  socket.destroy();
});

t.test('silence, and the end of the server', async (t) => {
  const idle = await start(t, () => text('x'), 50);
  const silent = connect(idle.port, '127.0.0.1');
  t.equal(await all(silent).catch(() => ''), '', 'a silent client is disconnected');
  // A busy machine may take longer than that to hear the request.
  let said = '';
  while (said === '') {
    const answered = connect(idle.port, '127.0.0.1');
    answered.write(get('/'));
    said = await all(answered).catch(() => '');
  }
  t.match(said, /x$/, 'and one that was answered');

  const slow = await start(t, () => file(LARGE), 100);
  const stuck = connect(slow.port, '127.0.0.1');
  stuck.write(get('/large'));
  await once(stuck, 'readable');
  while (slow.reading > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  t.ok(
    (await all(stuck).catch(() => '')).length < LARGE.length,
    'a client that reads nothing, too',
  );

  const IDLE_MS = 300;
  const busy = await start(t, (target) => text(target), IDLE_MS);
  /** Asks for three times as long; whether it was answered to the end, and its longest silence in milliseconds. */
  async function talk(): Promise<{ readonly stays: boolean; readonly silence: number }> {
    const talking = connect(busy.port, '127.0.0.1');
    let [silence, last] = [0, performance.now()];
    const end = last + 3 * IDLE_MS;
    try {
      while (last < end) {
        talking.write(get('/again'));
        await until(talking, '/again');
        await new Promise((resolve) => setTimeout(resolve, 5));
        silence = Math.max(silence, performance.now() - last);
        last = performance.now();
      }
      return { stays: true, silence };
    } catch {
      return { stays: false, silence: Math.max(silence, performance.now() - last) };
    } finally {
      talking.destroy();
    }
  }
  let talked = await talk();
  // Where a busy machine kept it silent for so long, it may be gone.
  while (!talked.stays && talked.silence > IDLE_MS / 2) talked = await talk();
  t.ok(talked.stays, 'one that goes on asking stays');

  const started = await start(t, () => file(LARGE));
  const waiting = connect(started.port, '127.0.0.1');
  await once(waiting, 'connect');
  const reading = connect(started.port, '127.0.0.1');
  reading.write(get('/large'));
  await once(reading, 'readable');
  started.plain.close();
  t.equal(await all(waiting), '');
  t.ok((await all(reading)).length > LARGE.length, 'what is under way is sent to its end');
});
