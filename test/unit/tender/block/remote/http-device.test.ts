import { connect, createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { BlockDevice } from '../../../../../tender/block/block-device.ts';
import type { HttpLimits } from '../../../../../tender/block/remote/http/limits.ts';
import { openImageDevice } from '../../../../../tender/block/remote/open-image-device.ts';
import { deferred } from '../../../../fixtures/deferred.ts';
import { type Fault, serveImage, type Visit } from '../../../../fixtures/image-server.ts';
import { Random } from '../../../../fuzz/random.ts';

const SIZE = 1024 * 1024;
const IMAGE = Buffer.from(new Random(1).bytes(SIZE));
const QUICK: Partial<HttpLimits> = { attempts: 2, pause: 1 };

async function readAt(device: BlockDevice, offset: number, length: number): Promise<Buffer> {
  const into = Buffer.alloc(length);
  await device.read(offset, [into]);
  return into;
}

/** Only requests behind the first one are at fault. */
function later(fault: Fault): Fault {
  return (visit) => (visit.number === 0 ? undefined : fault(visit));
}

t.test('reads lazily, a line at least, and every line once', async (t) => {
  const server = await serveImage(t, IMAGE);
  const device = await openImageDevice(`${server.origin}/disk.img`);
  t.match(device, { sectorSize: 512, capacity: SIZE / 512, write: undefined });
  const places = [SIZE - 512, 700_416, 0, SIZE - 512, 700_928];
  for (const at of places) {
    t.ok((await readAt(device, at, 512)).equals(IMAGE.subarray(at, at + 512)), `${at}`);
  }
  t.strictSame(server.ranges, ['bytes=0-16383', 'bytes=1032192-1048575', 'bytes=688128-704511']);
  device.close();
});

t.test('neighbours travel together, and only so many requests at once', async (t) => {
  let [inFlight, most] = [0, 0];
  const server = await serveImage(t, IMAGE, ({ response }) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    response.on('close', () => {
      inFlight -= 1;
    });
  });
  const device = await openImageDevice(server.origin, 512, {
    limits: { parallel: 3, request: 65_536 },
  });
  const [a, b] = await Promise.all([
    readAt(device, 65_536, 32_768),
    readAt(device, 98_304, 32_768),
  ]);
  t.ok(Buffer.concat([a, b]).equals(IMAGE.subarray(65_536, 131_072)));
  t.strictSame(server.ranges.slice(1), ['bytes=65536-131071']);
  const reads = Array.from({ length: 20 }, (_, i) => readAt(device, i * 49_152, 512));
  for (const [i, bytes] of (await Promise.all(reads)).entries()) {
    t.ok(bytes.equals(IMAGE.subarray(i * 49_152, i * 49_152 + 512)));
  }
  t.ok(most <= 3, `${most} in flight`);
  t.ok((await readAt(device, 0, SIZE)).equals(IMAGE), 'all of it');
  device.close();
});

t.test('more than the cache holds goes by it, in requests of bounded size', async (t) => {
  const server = await serveImage(t, IMAGE);
  const device = await openImageDevice(server.origin, 512, {
    limits: { cache: 65_536, request: 100_352 },
  });
  t.ok((await readAt(device, 512, SIZE - 512)).equals(IMAGE.subarray(512)));
  t.ok(server.ranges.length >= 11, 'cut');
  device.close();
});

const REFUSED: Record<string, [Fault, RegExp]> = {
  'a whole image instead of a range': [
    ({ answer }) => {
      answer.status = 200;
      answer.body = IMAGE;
    },
    /must support ranges/,
  ],
  'another range': [
    ({ answer }) => {
      answer.headers['content-range'] = `bytes 512-16895/${SIZE}`;
    },
    /Asked for bytes 0-16383, the server sent bytes 512-16895/,
  ],
  'a longer range': [
    ({ answer }) => {
      answer.headers['content-range'] = `bytes 0-16384/${SIZE}`;
    },
    /Asked for bytes 0-16383/,
  ],
  'no Content-Range': [
    ({ answer }) => {
      delete answer.headers['content-range'];
    },
    /no Content-Range/,
  ],
  'an unknown size': [
    ({ answer }) => {
      answer.headers['content-range'] = 'bytes 0-16383/*';
    },
    /Asked for bytes/,
  ],
  'a size beyond all numbers': [
    ({ answer }) => {
      answer.headers['content-range'] = 'bytes 0-16383/99999999999999999999';
    },
    /Asked for bytes/,
  ],
  'a length that is not that of the range': [
    ({ answer }) => {
      answer.headers['content-length'] = '16385';
      answer.body = IMAGE.subarray(0, 16_385);
    },
    /sends 16385 bytes as the 16384 bytes/,
  ],
  'a compressed image': [
    ({ answer }) => {
      answer.body = gzipSync(answer.body);
      answer.headers['content-encoding'] = 'gzip';
    },
    /compresses the image \(Content-Encoding: gzip\)/,
  ],
  'a compressed transfer': [
    ({ answer }) => {
      answer.headers['transfer-encoding'] = 'gzip, chunked';
      answer.headers['content-length'] = '';
    },
    /compresses its answer|Failed 2 times/,
  ],
  'a weak ETag alone': [
    ({ answer }) => {
      answer.headers.etag = 'W/"one"';
      delete answer.headers['last-modified'];
    },
    /neither a strong ETag nor Last-Modified/,
  ],
  'no validator': [
    ({ answer }) => {
      delete answer.headers.etag;
      delete answer.headers['last-modified'];
    },
    /neither a strong ETag nor Last-Modified/,
  ],
  'a date of this second alone': [
    ({ answer }) => {
      delete answer.headers.etag;
      answer.headers.date = answer.headers['last-modified'] ?? '';
    },
    /modified this very second/,
  ],
  'no image': [
    ({ answer }) => {
      answer.status = 404;
    },
    /There is no image at this address \(404\)/,
  ],
  'a qcow2 disk': [
    ({ answer }) => {
      answer.body = Buffer.concat([
        Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'),
        IMAGE.subarray(8, 16_384),
      ]);
    },
    /a qcow2 disk; the tender reads only raw disks/,
  ],
  'half a sector': [
    ({ answer }) => {
      answer.headers['content-range'] = `bytes 0-16383/${SIZE - 1}`;
    },
    /must be block aligned/,
  ],
  'too long a body without a length': [
    ({ response, answer }) => {
      response.writeHead(206, answer.headers);
      response.write(answer.body);
      response.end(answer.body);
      return true;
    },
    /sent more than the 16384 bytes that it announced/,
  ],
  'a server that is always busy': [
    ({ answer }) => {
      answer.status = 503;
    },
    /Failed 2 times, at last: status 503/,
  ],
  'a redirect to a file': [redirect('file:///etc/passwd'), /redirects to file:, which is not HTTP/],
  'a redirect to another scheme': [redirect('ftp://127.0.0.1/x'), /redirects to ftp:/],
  'a redirect without end': [redirect('/again'), /redirects more than once/],
  'a redirect to nowhere': [redirect('http://'), /redirects to no address/],
};

function redirect(location: string): Fault {
  return ({ answer }) => {
    answer.status = 302;
    answer.headers.location = location;
  };
}

for (const [name, [fault, message]] of Object.entries(REFUSED)) {
  t.test(`refused: ${name}`, async (t) => {
    const server = await serveImage(t, IMAGE, fault);
    const opening = openImageDevice(`${server.origin}/disk.img?signature=secret`, 512, {
      limits: QUICK,
    });
    const error = await opening.then(
      (device) => device.close(),
      (reason: unknown) => reason as Error,
    );
    t.match(error, { name: 'TenderError', message, exitStatus: 1 });
    t.notMatch(error?.message, /\n|secret/);
  });
}

const CHANGED = /The image changed/;
const CHANGES: Record<string, [change: (answer: Visit['answer']) => void, message: RegExp]> = {
  'another ETag': [
    (answer) => {
      answer.headers.etag = '"two"';
    },
    CHANGED,
  ],
  'another date': [
    (answer) => {
      answer.headers['last-modified'] = 'Mon, 02 Nov 2026 10:00:01 GMT';
    },
    CHANGED,
  ],
  'no ETag any more': [
    (answer) => {
      delete answer.headers.etag;
    },
    CHANGED,
  ],
  'the whole of another image': [
    (answer) => {
      answer.status = 200;
      answer.headers.etag = '"two"';
    },
    CHANGED,
  ],
  'another size': [
    (answer) => {
      answer.headers['content-range'] =
        answer.headers['content-range']?.replace(/\d+$/, '9999360') ?? '';
    },
    /The image had 1048576 bytes, now the server says 9999360$/,
  ],
  'a shorter image': [
    (answer) => {
      answer.status = 416;
    },
    /The image is empty, or shorter than it was$/,
  ],
};
for (const [name, [change, message]] of Object.entries(CHANGES)) {
  t.test(`a change is an error, never a mixture: ${name}`, async (t) => {
    const server = await serveImage(
      t,
      IMAGE,
      later(({ answer }) => change(answer)),
    );
    const device = await openImageDevice(server.origin, 512, { limits: QUICK });
    await t.rejects(readAt(device, 65_536, 512), {
      name: 'HostError',
      message,
    });
    device.close();
  });
}

t.test('If-Range carries the strongest validator', async (t) => {
  for (const [etag, expected] of [
    ['"one"', '"one"'],
    ['W/"one"', 'Mon, 02 Nov 2026 10:00:00 GMT'],
  ] as const) {
    const seen: (string | undefined)[] = [];
    const server = await serveImage(t, IMAGE, ({ request, answer }) => {
      seen.push(request.headers['if-range'] as string | undefined);
      answer.headers.etag = etag;
    });
    const device = await openImageDevice(server.origin);
    await readAt(device, 65_536, 512);
    t.strictSame(seen, [undefined, expected]);
    device.close();
  }
});

t.test('what passes is tried again: cut, hung up, busy', async (t) => {
  const faults: Fault[] = [
    ({ response, answer }) => {
      response.writeHead(206, { ...answer.headers, 'content-length': '16384' });
      response.write(answer.body.subarray(0, 100), () => response.destroy());
      return true;
    },
    ({ request }) => {
      request.socket.destroy();
      return true;
    },
    ({ answer }) => {
      answer.status = 429;
    },
    ({ response, answer }) => {
      response.writeHead(206, answer.headers);
      response.end(answer.body.subarray(1));
      return true;
    },
  ];
  const server = await serveImage(
    t,
    IMAGE,
    later((visit) => faults[visit.number - 1]?.(visit)),
  );
  const device = await openImageDevice(server.origin, 512, {
    limits: { attempts: 5, pause: 1 },
  });
  t.ok((await readAt(device, 65_536, 512)).equals(IMAGE.subarray(65_536, 66_048)));
  t.equal(server.ranges.length, 6);
  device.close();
});

t.test('so is what hangs, from the start or in the middle', async (t) => {
  // A busy machine may be silent for as long by itself: then it takes more attempts.
  let hanging = 2;
  const server = await serveImage(t, IMAGE, ({ request, response, answer }) => {
    if (!request.headers.range?.startsWith('bytes=65536-') || hanging === 0) return false;
    hanging -= 1;
    if (hanging > 0) return true;
    response.writeHead(206, answer.headers);
    response.write(answer.body.subarray(0, 100));
    return true;
  });
  const device = await openImageDevice(server.origin, 512, {
    limits: { attempts: 100, pause: 1, idle: 300 },
  });
  t.ok((await readAt(device, 65_536, 512)).equals(IMAGE.subarray(65_536, 66_048)));
  t.equal(hanging, 0);
  device.close();
});

t.test('a server that drips is given up in the end', async (t) => {
  const server = await serveImage(
    t,
    IMAGE,
    later(({ response, answer }) => {
      response.writeHead(206, answer.headers);
      const clock = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(clock));
      return true;
    }),
  );
  const device = await openImageDevice(server.origin, 512, {
    limits: { ...QUICK, idle: 60_000, total: 1000 },
  });
  await t.rejects(readAt(device, 65_536, 512), { message: /Failed 2 times.*longer than 1 s/ });
  device.close();
});

t.test('nobody listens', async (t) => {
  const { port } = await serveImage(t, IMAGE);
  const free = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => free.on('listening', listening));
  const address = free.address() as { port: number };
  await new Promise((closed) => free.close(closed));
  t.not(port, address.port);
  await t.rejects(openImageDevice(`http://127.0.0.1:${address.port}/`, 512, { limits: QUICK }), {
    name: 'TenderError',
    message: /Failed 2 times, at last: connect ECONNREFUSED/,
  });
});

t.test('a device that is closed ends what is in flight', async (t) => {
  const asked = deferred();
  const server = await serveImage(
    t,
    IMAGE,
    later(() => {
      asked.resolve();
      return true;
    }),
  );
  const device = await openImageDevice(server.origin);
  const reading = readAt(device, 65_536, 512);
  await asked.promise;
  device.close();
  await t.rejects(reading, { name: 'HostError', message: /closed/ });
  await t.rejects(async () => device.read(0, [new Uint8Array(512)]), { name: 'HostError' });
});

t.test('a login goes to its own server, and to no other', async (t) => {
  const seen: (string | undefined)[] = [];
  const other = await serveImage(t, IMAGE, ({ request }) => {
    seen.push(`other ${request.headers.authorization}`);
  });
  const first = await serveImage(t, IMAGE, ({ request, answer }) => {
    seen.push(request.headers.authorization);
    answer.status = 302;
    answer.headers.location = `http://thief:word@127.0.0.1:${other.port}/disk.img`;
  });
  const device = await openImageDevice(`http://user:p%40ss@127.0.0.1:${first.port}/disk.img`);
  await readAt(device, 65_536, 512);
  const login = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
  // The redirect is kept: the second range goes straight to the other server.
  t.strictSame(seen, [login, 'other undefined', 'other undefined']);
  device.close();
});

t.test('headers and logins of files go to their own server, and to no other', async (t) => {
  const folder = t.testdir({
    netrc: 'machine 127.0.0.1 login user password word',
    headers: 'X-Token: abc',
    both: 'X-Token: abc\nAuthorization: Bearer abc',
  });
  for (const [headerFile, login] of [
    ['headers', `Basic ${Buffer.from('user:word').toString('base64')}`],
    ['both', 'Bearer abc'],
  ] as const) {
    const seen: unknown[] = [];
    const other = await serveImage(t, IMAGE, ({ request }) => {
      seen.push(['other', request.headers.authorization, request.headers['x-token']]);
    });
    const first = await serveImage(t, IMAGE, ({ request, answer }) => {
      seen.push(['first', request.headers.authorization, request.headers['x-token']]);
      answer.status = 302;
      answer.headers.location = `${other.origin}/disk.img`;
    });
    const files = { netrc: `${folder}/netrc`, headerFile: `${folder}/${headerFile}` };
    const device = await openImageDevice(first.origin, 512, files);
    await readAt(device, 65_536, 512);
    const nothing = ['other', undefined, undefined];
    t.strictSame(seen, [['first', login, 'abc'], nothing, nothing]);
    device.close();
  }
  const { origin } = await serveImage(t, IMAGE);
  await t.rejects(openImageDevice(origin, 512, { netrc: `${folder}/none` }), {
    message: /No such file/i,
  });
});

t.test('the second redirect in a row is not followed', async (t) => {
  const server = await serveImage(t, IMAGE, redirect('/again'));
  await t.rejects(openImageDevice(server.origin, 512, { limits: QUICK }), {
    message: /more than once/,
  });
  t.equal(server.ranges.length, 2);
});

t.test('an address that ran out behind a redirect is asked for again', async (t) => {
  const server = await serveImage(t, IMAGE, ({ number, request, answer }) => {
    if (request.url === '/disk.img') {
      answer.status = 302;
      answer.headers.location = `/signed/${number}`;
    } else if (number === 2) answer.status = 403;
  });
  const device = await openImageDevice(`${server.origin}/disk.img`);
  t.ok((await readAt(device, 65_536, 512)).equals(IMAGE.subarray(65_536, 66_048)));
  t.equal(server.ranges.length, 5);
  device.close();
});

t.test(
  'a proxy of the environment',
  { skip: !('proxyEnv' in proxyProbe()) && 'an older Node' },
  async (t) => {
    const server = await serveImage(t, IMAGE);
    const lines: string[] = [];
    const proxy = createServer((socket) => {
      socket.once('data', (data) => {
        lines.push(data.toString('latin1').split('\r\n', 1)[0] ?? '');
        const upstream = connect(server.port, '127.0.0.1');
        upstream.write(data.toString('latin1').replace(/^GET http:\/\/[^/]*/, 'GET '), 'latin1');
        socket.pipe(upstream).pipe(socket);
        socket.on('error', () => upstream.destroy());
        upstream.on('error', () => socket.destroy());
      });
    }).listen(0, '127.0.0.1');
    await new Promise((listening) => proxy.on('listening', listening));
    t.teardown(() => proxy.close());
    const { port } = proxy.address() as { port: number };
    process.env.http_proxy = `http://127.0.0.1:${port}`;
    t.teardown(() => delete process.env.http_proxy);
    const device = await openImageDevice('http://images.invalid/disk.img', 512, { limits: QUICK });
    t.equal(device.capacity, SIZE / 512);
    t.match(lines, ['GET http://images.invalid/disk.img HTTP/1.1']);
    device.close();
  },
);

function proxyProbe(): object {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 5) ? { proxyEnv: true } : {};
}
