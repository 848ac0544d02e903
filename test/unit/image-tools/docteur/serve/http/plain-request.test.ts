// Whatever counts as plain must mean to Node's parser what it means here: one request, with the same target and
// headers, and nothing behind it.
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { parsePlainRequest } from '../../../../../../image-tools/docteur/serve/http/plain-request.ts';
import { collectGarbage } from '../../../../../fixtures/garbage.ts';

const parse = (text: string) => parsePlainRequest(Buffer.from(text, 'latin1'));
const withHeaders = (...lines: string[]) =>
  `GET / HTTP/1.1\r\n${['Host: x', ...lines].map((line) => `${line}\r\n`).join('')}\r\n`;

t.test('what is plain', async (t) => {
  const browser = parse(
    'GET /a%20b?c=d#e HTTP/1.1\r\nHost: example.org:80\r\nUser-Agent: Mozilla/5.0 (X11; Linux)\r\n' +
      'Accept: text/html,*/*;q=0.8\r\nAccept-Encoding:gzip, br\r\nConnection: Keep-Alive\r\nEmpty:\r\n\r\n',
  );
  t.equal(browser?.target, '/a%20b?c=d#e');
  t.strictSame(
    [...(browser?.headers ?? [])],
    [
      ['host', 'example.org:80'],
      ['user-agent', 'Mozilla/5.0 (X11; Linux)'],
      ['accept', 'text/html,*/*;q=0.8'],
      ['accept-encoding', 'gzip, br'],
      ['connection', 'Keep-Alive'],
      ['empty', ''],
    ],
  );
});

t.test('what is not', async (t) => {
  const plain = withHeaders();
  t.ok(parse(plain));
  const others: Record<string, string> = {
    nothing: '',
    'not all of it': plain.slice(0, -2),
    'more behind it': `${plain}G`,
    'two requests': plain + plain,
    'a line feed alone': plain.replaceAll('\r\n', '\n'),
    'a return alone': plain.replace('x\r\n', 'x\r'),
    'a line before it': `\r\n${plain}`,
    HEAD: plain.replace('GET', 'HEAD'),
    POST: plain.replace('GET', 'POST'),
    'another case': plain.replace('GET', 'get'),
    'an older version': plain.replace('1.1', '1.0'),
    'a version of its own': plain.replace('HTTP/1.1', 'HTTP/1.10'),
    'no version': plain.replace(' HTTP/1.1', ''),
    'a whole address': plain.replace('/ ', 'http://x/ '),
    'two blanks': plain.replace('GET ', 'GET  '),
    'a blank in the target': plain.replace('/ ', '/a b '),
    'a NUL in the target': plain.replace('/ ', '/\0 '),
    'bytes beyond ASCII in the target': plain.replace('/ ', '/\xfc '),
    'no host': plain.replace('Host', 'Hose'),
    'no headers': 'GET / HTTP/1.1\r\n\r\n',
    'two hosts': withHeaders('Host: y'),
    'two hosts in other letters': withHeaders('hOST: x'),
    'a blank before the colon': withHeaders('A : b'),
    'a line folded': withHeaders('A: b', ' c'),
    'no name': withHeaders(': b'),
    'no colon': withHeaders('A'),
    'a NUL in a value': withHeaders('A: b\0c'),
    'bytes beyond ASCII in a value': withHeaders('A: \xfc'),
    'a body with a length': withHeaders('Content-Length: 0'),
    'a body in chunks': withHeaders('transfer-ENCODING: chunked'),
    'an expectation': withHeaders('Expect: 100-continue'),
    'an upgrade': withHeaders('Upgrade: websocket'),
    'an end': withHeaders('Connection: close'),
    'several wishes': withHeaders('Connection: keep-alive, upgrade'),
    trailers: withHeaders('TE: trailers'),
    'too long': withHeaders(`A: ${'b'.repeat(8192)}`),
  };
  for (const [what, text] of Object.entries(others)) t.equal(parse(text), undefined, what);
});

t.test('headers that were read before', async (t) => {
  const [first, again] = [
    parse(withHeaders('A: b')),
    parse(withHeaders('A: b').replace('/', '/x')),
  ];
  t.equal(again?.headers, first?.headers);
  t.equal(again?.target, '/x');
  t.equal(parse(withHeaders('A: c'))?.headers.get('a'), 'c');
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 60_000; i += 1) parse(withHeaders(`A: ${`${i}`.padEnd(980, 'b')}`));
  collectGarbage();
  const grown = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  t.ok(grown < 4, `${grown.toFixed(0)} MiB for ever other ones`);
});

t.test('as Node reads it', async (t) => {
  interface Seen {
    readonly url: string | undefined;
    readonly headers: Record<string, string>;
  }
  let seen: Seen[] = [];
  const server = createServer((request, response) => {
    const headers: Record<string, string> = {};
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      headers[(request.rawHeaders[i] as string).toLowerCase()] = request.rawHeaders[
        i + 1
      ] as string;
    }
    seen.push({ url: `${request.method} ${request.url} ${request.httpVersion}`, headers });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const ask = (text: string) =>
    new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(text, 'latin1'));
      socket.resume();
      socket.once('close', () => resolve());
    });
  const piece = fc.constantFrom(
    ...[
      'GET ',
      '/',
      'a',
      '%00',
      ' ',
      'HTTP/1.1',
      '\r\n',
      '\n',
      '\r',
      ':',
      ': ',
      '\t',
      '\0',
      '\xe9',
      '"',
      '\\',
      '?',
    ],
    ...[
      'Host: x\r\n',
      'host:y\r\n',
      'Content-Length: 3\r\n',
      'Transfer-Encoding: chunked\r\n',
      'A: b\r\n',
    ],
    ...[
      'Connection: close\r\n',
      'Connection: keep-alive\r\n',
      'Range: bytes=0-\r\n',
      '\r\n\r\n',
      'abc',
    ],
  );
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 6 }),
      fc.array(piece, { maxLength: 4 }),
      async (before, behind) => {
        const text = `GET /${before.join('')} HTTP/1.1\r\nHost: x\r\n${behind.join('')}\r\n`;
        const request = parse(text);
        if (request === undefined) return;
        plain += 1;
        seen = [];
        await ask(text);
        const headers = Object.fromEntries(request.headers);
        t.strictSame(seen, [{ url: `GET ${request.target} 1.1`, headers }]);
      },
    ),
    { numRuns: 3000 },
  );
  t.ok(plain > 50, `${plain} were plain`);
});
