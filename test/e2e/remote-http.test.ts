// Guests over images on web servers: our own on loopback, nginx, and one whose certificate nobody vouches for.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import t from 'tap';
import { openImageDevice } from '../../tender/block/remote/open-image-device.ts';
import { freePort } from '../fixtures/free-port.ts';
import { serveImage } from '../fixtures/image-server.ts';
import { hasNginx, startNginx } from '../fixtures/nginx.ts';
import { buildGuest, runNode, runTender, scratchFolder } from '../fixtures/tender.ts';

const root = join(import.meta.dirname, '..', '..');
const SIMPLE = join(root, 'dist/guests/simple.js');
const folder = scratchFolder((clean) => t.teardown(clean));
const copy = await buildGuest('copy', folder);
const image = join(folder, 'disk.img');
const files = join(folder, 'files');
const COUNT = 3000;
const text = (i: number) => `${i}\n`.repeat(20 + (i % 700)) + String(Math.sin(i));
for (let i = 0; i < COUNT; i += 1) {
  const under = join(files, `part-${i % 37}`);
  mkdirSync(under, { recursive: true });
  writeFileSync(join(under, `${i}.txt`), text(i));
}
const made = await runNode([join(root, 'dist/bin/docteur.make.js'), files, image]);
t.equal(made.status, 0, made.stderr);
const content = readFileSync(image);

t.test('a cold file: at most four requests that wait for each other', async (t) => {
  const server = await serveImage(t, content);
  const { status, stdout, stderr } = await runTender([
    `--block:docteur=${server.origin}/disk.img`,
    '--',
    SIMPLE,
    '--filename',
    'part-1/1000.txt',
  ]);
  t.equal(status, 0, stderr);
  t.equal(stdout.toString(), text(1000));
  t.ok(server.ranges.length <= 4, server.ranges.join(' '));
  t.ok(server.sent <= 350_000, `${server.sent} bytes`);
});

for (const sandbox of ['strict', 'portable']) {
  t.test(`${sandbox}: a guest reads all of it`, async (t) => {
    const server = await serveImage(t, content);
    const attach = `--block:disk=${server.origin}/disk.img`;
    const { status, stdout, stderr } = await runTender([
      `--sandbox=${sandbox}`,
      attach,
      copy,
      '--batch',
      '16',
    ]);
    t.equal(status, 0, stderr);
    t.ok(stdout.equals(content));
  });
}

t.test('faults are one line and status 1, and no password', async (t) => {
  const changing = await serveImage(t, content, ({ number, answer }) => {
    if (number > 0) answer.headers.etag = '"two"';
  });
  const whole = await serveImage(t, content, ({ answer }) => {
    answer.status = 200;
  });
  for (const [port, option, message] of [
    [changing.port, '--block:disk=', /The image changed on the server while it was in use/],
    [whole.port, '--block:disk=', /it must support ranges/],
    [whole.port, '--block-writable:disk=', /read-only: use --block/],
    [whole.port, '--block:other=', /not declared/],
    [whole.port, '--block=disk=', /write --block:disk=http:\/\/user@/],
  ] as const) {
    const address = `http://user:pass-word@127.0.0.1:${port}/disk.img`;
    const { status, stderr } = await runTender([`${option}${address}`, copy]);
    t.equal(status, option === '--block=disk=' ? 64 : 1, stderr);
    t.match(stderr, message);
    t.notMatch(stderr, 'pass-word');
    t.equal(stderr.trim().split('\n').length, 1, stderr);
  }
});

t.test('a certificate that nobody vouches for, whatever the environment says', async (t) => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const openssl = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${cert}`;
  if (spawnSync('openssl', openssl.split(' ')).status !== 0) {
    t.pass('skipped: no openssl');
    return;
  }
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, to) =>
    to
      .writeHead(206, { etag: '"x"', 'content-range': `bytes 0-16383/${content.length}` })
      .end(content.subarray(0, 16_384)),
  ).listen(0, '127.0.0.1');
  await new Promise((listening) => server.on('listening', listening));
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const args = [`--block:disk=https://127.0.0.1:${port}/disk.img`, copy];
  const NODE_TLS_REJECT_UNAUTHORIZED = '0';
  // Tried again as what the network does is, but quickly over.
  const refused = await t.rejects(async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = NODE_TLS_REJECT_UNAUTHORIZED;
    try {
      await openImageDevice(args[0]?.slice('--block:disk='.length) ?? '', 512, {
        limits: { attempts: 1 },
      });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });
  t.match(refused, { message: /self-signed certificate/ });
});

t.test('nginx', async (t) => {
  if (!hasNginx()) {
    t.pass('skipped: no nginx');
    return;
  }
  const port = await freePort();
  const server = `root ${folder};
location /old { return 302 /disk.img; } location /whole { max_ranges 0; alias ${folder}/disk.img; }
location /packed { gzip on; gzip_types *; gzip_min_length 0; alias ${folder}/disk.img; }`;
  t.teardown(await startNginx(join(folder, 'nginx'), port, server));
  for (const path of ['disk.img', 'old', 'packed']) {
    const { status, stdout, stderr } = await runTender([
      `--block:docteur=http://127.0.0.1:${port}/${path}`,
      '--',
      SIMPLE,
      '--filename',
      'part-0/0.txt',
    ]);
    t.equal(status, 0, stderr);
    t.equal(stdout.toString(), text(0), path);
  }
  const { status, stderr } = await runTender([`--block:disk=http://127.0.0.1:${port}/whole`, copy]);
  t.equal(status, 1);
  t.match(stderr, /it must support ranges/);
});
