import { Agent, type IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { HostError } from '../../../tender/base/errors.ts';
import {
  type Address,
  followRedirect,
  parseAddress,
} from '../../../tender/block/remote/http/address.ts';
import { findLogin, parseHeaders } from '../../../tender/block/remote/http/credentials.ts';
import { exchange, Passing } from '../../../tender/block/remote/http/exchange.ts';
import { checkRange } from '../../../tender/block/remote/http/range.ts';
import { isSameVersion, takeValidator } from '../../../tender/block/remote/http/validator.ts';
import { mutate } from '../mutate.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const HEADERS = { 'x-key': 'secret' };

/** What a server may redirect to, for good and for ill. */
const LOCATIONS = [
  'http://other.example/disk.img',
  'https://other.example/disk.img?key=secret',
  'https://images.example:8443/a',
  '//other.example/x',
  '/moved?token=secret',
  '../../x',
  'file:///etc/passwd',
  'ftp://images.example/',
  'data:text/plain,x',
  'javascript:0',
  'http://user:secret@images.example/',
  'https://images.example@other.example/',
  'http://[::1]:80/',
  'http://images.example:99999/',
  '',
  '\\\\other\\x',
  'https:images.example',
];

function redirect(random: Random): void {
  const protocol = random.pick(['http:', 'https:']);
  const login = random.oneIn(2) ? 'user:secret@' : '';
  const from: Address = {
    ...parseAddress(`${protocol}//${login}images.example/disk.img?key=secret`),
    headers: HEADERS,
  };
  const location = random.pick(LOCATIONS);
  const said = random.oneIn(2)
    ? mutate(Buffer.from(location), random).toString('latin1')
    : location;
  const to = refused([HostError], () => followRedirect(from, said));
  if (to === undefined) return;
  insist(['http:', 'https:'].includes(to.url.protocol), `a redirect to ${to.url.protocol}`);
  insist(protocol === 'http:' || to.url.protocol === 'https:', 'a redirect out of TLS');
  insist(to.url.username === '' && to.url.password === '', 'a login of the server');
  const isOwn = to.url.origin === from.url.origin;
  insist(
    isOwn || (to.authorization === undefined && to.headers === undefined),
    'a login to others',
  );
  const { search } = to.url;
  insist('?...'.startsWith(search) || !to.shown.includes(search), 'a query is shown');
}

/** The head of an answer to a request for bytes 512 to 1535 of 4096. */
function answer(random: Random, body: Uint8Array): Buffer {
  const or = (value: string | number, ...others: (string | number)[]) =>
    random.oneIn(6) ? random.pick(others) : value;
  const lines = [
    `HTTP/1.1 ${or('206 Partial Content', '200 OK', '302 Found', '503 X', '416 Y', '999 Z', '20')}`,
    `Content-Range: ${or('bytes', 'octets', '')} ${or('512', 0, -1, '512 ', random.edgy())}-${or(1535, 1536, 511, random.edgy())}/${or(4096, '*', 4097, random.edgy(), '4096, bytes 0-1/2')}`,
    `Content-Length: ${or(body.length, 0, body.length + 1, -1, '1e3', random.edgy())}`,
    `ETag: ${or('"one"', 'W/"one"', 'one', '"', '""', '"two"')}`,
    `Last-Modified: ${or('Mon, 02 Nov 2026 10:00:00 GMT', 'never', '', '0')}`,
    ...(random.oneIn(6)
      ? [`Content-Encoding: ${random.pick(['gzip', 'identity', 'br', ''])}`]
      : []),
    ...(random.oneIn(6)
      ? [`Transfer-Encoding: ${random.pick(['chunked', 'gzip', 'gzip, chunked'])}`]
      : []),
    ...(random.oneIn(8) ? [`X: ${'y'.repeat(random.below(20_000))}`] : []),
    ...(random.oneIn(8) ? ['Content-Range: bytes 0-0/1', 'ETag: "two"'] : []),
  ];
  const whole = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
  return random.oneIn(3) ? mutate(whole, random) : whole;
}

/** A server that says these bytes, in pieces, and hangs up. */
function sayingServer(bytes: Buffer, random: Random): Agent {
  const agent = new Agent({ maxSockets: 1 });
  const stream = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => done(),
  });
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + random.below(random.oneIn(2) ? 20 : 3000);
    stream.push(bytes.subarray(at, at + length));
    at += length;
  }
  stream.push(null);
  const socket = Object.assign(stream, {
    setTimeout() {},
    setKeepAlive() {},
    setNoDelay() {},
    ref() {},
    unref() {},
  });
  agent.createConnection = () => socket as unknown as Socket;
  return agent;
}

async function read(random: Random): Promise<number> {
  const wanted = { start: 512, end: 1536 };
  const size = random.oneIn(2) ? 4096 : undefined;
  const content = random.bytes(wanted.end - wanted.start);
  const agent = sayingServer(answer(random, content), random);
  let promised = 0;
  const accept = ({ status, headers }: { status: number; headers: IncomingHttpHeaders }) => {
    if (status !== 206) return undefined;
    const whole = checkRange(headers, wanted, size, 'it');
    insist(whole > wanted.start && Number.isSafeInteger(whole), `an image of ${whole} bytes`);
    const validator = takeValidator(headers, 'it');
    insist(isSameVersion(validator, headers), 'it is not the version that it is');
    insist(!isSameVersion(validator, { ...headers, etag: '"other"' }), 'any version is the same');
    promised = Math.min(wanted.end, whole) - wanted.start;
    return promised;
  };
  try {
    const body = await exchange({
      url: new URL('http://images.example/'),
      agent,
      headers: {},
      limits: { idle: 1000, total: 1000 },
      signal: new AbortController().signal,
      accept,
    });
    insist(body === undefined || body.length === promised, 'a body of another length');
    return body?.length ?? 0;
  } catch (error) {
    if (error instanceof HostError || error instanceof Passing) return 0;
    throw error;
  } finally {
    agent.destroy();
  }
}

/** What files of the user say, who may have them from elsewhere. */
function credentials(random: Random): void {
  const netrc = 'machine images.example login "a b" password secret\ndefault login x password y\n';
  findLogin(mutate(Buffer.from(netrc), random).toString('latin1'), 'images.example');
  const lines = 'Authorization: Bearer abc\r\n# comment\nX-Key: value\n';
  const text = mutate(Buffer.from(lines), random).toString('latin1');
  const headers = refused([HostError], () => parseHeaders(text, 'file')) ?? {};
  for (const [name, value] of Object.entries(headers)) {
    insist(!/[\r\n\0]/.test(name + value), 'a line break in a header');
    insist(!/^(host|range|if-|connection|content-|transfer-)/.test(name), `${name} is set`);
  }
}

/** What web servers say that have an image, or send elsewhere. */
export const httpAnswersTarget: FuzzTarget = {
  name: 'http-answers',
  async run(random, spent) {
    redirect(random);
    credentials(random);
    spent.output += await read(random);
  },
};
