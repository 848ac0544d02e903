// Images behind addresses: NBD servers that others wrote, and disks that QEMU reads; by the tender and by each tool.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { has, makeImage, run, shortFolder, startServer } from '../fixtures/serve.ts';
import { runTender, startTender, writeGuest } from '../fixtures/tender.ts';
import { runTool } from '../fixtures/tools.ts';

const root = join(import.meta.dirname, '..', '..');
const SIMPLE = join(root, 'dist/guests/simple.js');
const folder = shortFolder((clean) => t.teardown(clean));
const image = await makeImage(folder, 'disk.img', 3 << 20);
const README = '# disk.img\n';
const address = (socket: string, name = '') => `nbd+unix:///${name}?socket=${join(folder, socket)}`;

const needs = (program: string) => (has(program) ? {} : { skip: `${program} is not installed` });

async function startProgram(
  program: string,
  args: string[],
  socket: string,
): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: 'ignore' });
  t.teardown(() => child.kill());
  for (let tries = 0; tries < 200 && !existsSync(join(folder, socket)); tries += 1) await delay(25);
  return child;
}

/** The commands that read an image, and what they print of it. */
const READINGS: [name: string, args: (image: string) => string[]][] = [
  ['ls', (at) => ['ls', '-lR', at]],
  ['cat', (at) => ['cat', at, 'README.md', 'random']],
  ['find', (at) => ['find', at, '*.md']],
  ['tar', (at) => ['tar', at]],
  ['verify', (at) => ['verify', '--json', at]],
  ['export', (at) => ['export', '--bundle', '-', at]],
];
const expected = new Map<string, Buffer>();
for (const [name, args] of READINGS) {
  expected.set(name, (await runTool('docteur', args(image))).stdout);
}
const commit = JSON.parse(String(expected.get('verify'))).commit as string;

/** A guest, a tool, and a whole check. */
async function readSome(t: Test, at: string): Promise<void> {
  const guest = await runTender([`--block:docteur=${at}`, '--', SIMPLE, '--filename', 'README.md']);
  t.match(guest, { status: 0, stderr: '' });
  t.equal(guest.stdout.toString(), README);
  for (const [name, args] of READINGS.filter(([name]) => name === 'cat' || name === 'verify')) {
    const { status, stdout, stderr } = await runTool('docteur', args(at));
    t.match({ status, stderr }, { status: 0, stderr: '' }, name);
    t.ok(stdout.equals(expected.get(name) as Buffer), name);
  }
}

/** All that can be done with an image, where it is `at`. */
async function readAll(t: Test, at: string): Promise<void> {
  const guest = await runTender([`--block:docteur=${at}`, '--', SIMPLE, '--filename', 'README.md']);
  t.match(guest, { status: 0, stderr: '' });
  t.equal(guest.stdout.toString(), README);
  for (const [name, args] of READINGS) {
    const { status, stdout, stderr } = await runTool('docteur', args(at));
    t.match({ status, stderr }, { status: 0, stderr: '' }, name);
    t.ok(stdout.equals(expected.get(name) as Buffer), name);
  }
  const to = join(folder, createHash('sha1').update(at).digest('hex'));
  t.match(await runTool('docteur', ['extract', '-q', '-C', to, at]), { status: 0, stderr: '' });
  t.equal(readFileSync(join(to, 'README.md'), 'utf8'), README);
  const same = await runTool('docteur', ['diff', image, at]);
  t.match(same, { status: 0, stderr: '' });
  const trusted = await runTool('docteur', ['cat', `--commit=${commit}`, at, 'README.md']);
  t.match(trusted, { status: 0, stderr: '' });
  const other = await runTool('docteur', ['cat', `--commit=${'0'.repeat(40)}`, at, 'README.md']);
  t.match(other, { status: 65, stderr: /the image holds another commit/ });
}

t.test('our own NBD server', async (t) => {
  const server = await startServer([image, `--nbd=unix:${join(folder, 'own.sock')}`]);
  t.teardown(() => server.stop());
  await readAll(t, address('own.sock', 'disk.img'));
});

t.test('nbdkit', needs('nbdkit'), async (t) => {
  await startProgram('nbdkit', ['-f', '-U', join(folder, 'kit.sock'), 'file', image], 'kit.sock');
  await readSome(t, address('kit.sock'));
});

t.test('qemu-nbd', needs('qemu-nbd'), async (t) => {
  const socket = join(folder, 'qemu.sock');
  const args = ['-r', '-t', '-e', '9', '-f', 'raw', '-x', 'an export', '-k', socket, image];
  await startProgram('qemu-nbd', args, 'qemu.sock');
  await readSome(t, address('qemu.sock', 'an%20export'));
  const { status, stderr } = await runTool('docteur', ['ls', address('qemu.sock', 'none')]);
  t.equal(status, 69);
  t.match(stderr, /no export of this name/);
});

t.test('TLS, by certificates and by a shared key', needs('openssl'), async (t) => {
  const pki = join(folder, 'pki');
  mkdirSync(pki);
  const x509 = (name: string, ...more: string[]) =>
    spawnSync('openssl', [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' '),
      ...['-subj', `/CN=${name}`, '-keyout', join(pki, 'server-key.pem'), ...more],
    ]);
  x509(
    'localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
    '-out',
    join(pki, 'server-cert.pem'),
  );
  writeFileSync(join(pki, 'ca-cert.pem'), readFileSync(join(pki, 'server-cert.pem')));
  const keys = join(folder, 'keys.psk');
  writeFileSync(keys, `ann:${'ab'.repeat(32)}\nbob:${'cd'.repeat(32)}\n`);
  const wrong = join(folder, 'wrong.psk');
  writeFileSync(wrong, `ann:${'00'.repeat(32)}\n`);
  for (const [socket, option, good, bad, message] of [
    ['x509.sock', `--tls-certificates=${pki}`, `&tls-certificates=${pki}`, '', /self-signed/],
    ['psk.sock', `--tls-psk=${keys}`, `&tls-psk-file=${keys}`, `&tls-psk-file=${wrong}`, /TLS: /],
  ] as const) {
    const server = await startServer([image, `--nbd=unix:${join(folder, socket)}`, option]);
    const secure = address(socket).replace('nbd+', 'nbds+');
    for (const uri of [
      secure + good,
      ...(option.includes('psk') ? [`${secure.replace('///', '//bob@/')}${good}`] : []),
    ]) {
      t.match(await runTool('docteur', ['cat', uri, 'README.md']), { status: 0, stderr: '' }, uri);
    }
    t.match(await runTool('docteur', ['ls', secure + bad]), { status: 69, stderr: message });
    t.match(await runTool('docteur', ['ls', address(socket)]), { status: 69, stderr: /wants TLS/ });
    await server.stop();
  }
});

const secret = join(folder, 'a,key');
const disk = (name: string) => join(folder, name);
const qemuImg = (...args: string[]) => spawnSync('qemu-img', args, { encoding: 'utf8' });

t.test('disks that QEMU reads', needs('qemu-nbd'), async (t) => {
  for (const format of ['qcow2', 'vmdk', 'vdi', 'vhdx', 'vpc']) {
    const more = format === 'vpc' ? ['-o', 'force_size=on'] : [];
    qemuImg('convert', '-O', format, ...more, image, disk(`disk.${format}`));
  }
  await readSome(t, `qemu:${disk('disk.qcow2')}`);
  for (const at of ['disk.vmdk', 'disk.vdi', 'disk.vhdx', 'disk.vpc', 'disk.img']) {
    const { status, stdout, stderr } = await runTool('docteur', [
      'cat',
      `qemu:${disk(at)}`,
      'README.md',
    ]);
    t.match(
      { status, stderr, stdout: stdout.toString() },
      { status: 0, stderr: '', stdout: README },
      at,
    );
  }
  writeFileSync(secret, 'a passphrase');
  const createLuks = () =>
    qemuImg(
      ...['create', '-f', 'luks', '--object', `secret,id=s,file=${secret.replace(',', ',,')}`],
      ...['-o', 'key-secret=s,iter-time=10', disk('disk.luks'), String(readFileSync(image).length)],
    );
  // It times its hashing, and gives up on a busy machine: "Unable to get accurate CPU usage".
  let created = createLuks();
  for (let tries = 0; tries < 20 && created.status !== 0; tries += 1) created = createLuks();
  t.equal(created.status, 0, created.stderr);
  qemuImg(
    ...['convert', '-n', '--object', `secret,id=s,file=${secret.replace(',', ',,')}`, image],
    ...['--target-image-opts', `driver=luks,key-secret=s,file.filename=${disk('disk.luks')}`],
  );
  const file = { driver: 'file', filename: disk('disk.luks') };
  const luks = JSON.stringify({ driver: 'luks', 'key-secret': { 'secret-file': secret }, file });
  const { status, stdout, stderr } = await runTool('docteur', [
    'cat',
    `qemu:json:${luks}`,
    'README.md',
  ]);
  t.match({ status, stderr, stdout: stdout.toString() }, { status: 0, stderr: '', stdout: README });
});

t.test('a disk opens no other file', needs('qemu-nbd'), async (t) => {
  qemuImg('create', '-f', 'qcow2', '-F', 'raw', '-b', image, disk('overlay.qcow2'));
  const overlay = await runTool('docteur', ['ls', `qemu:${disk('overlay.qcow2')}`]);
  t.equal(overlay.status, 65, 'what lies below it is not there');
  t.notMatch(overlay.stdout.toString(), 'README');
  const size = String(readFileSync(image).length);
  qemuImg(
    'create',
    '-f',
    'qcow2',
    '-o',
    `data_file=${disk('data.raw')}`,
    disk('split.qcow2'),
    size,
  );
  qemuImg('convert', '-O', 'vmdk', '-o', 'subformat=monolithicFlat', image, disk('flat.vmdk'));
  for (const name of ['split.qcow2', 'flat.vmdk']) {
    const { status, stderr } = await runTool('docteur', ['ls', `qemu:${disk(name)}`]);
    t.equal(status, 69);
    t.match(stderr, /leans on other files/);
  }
});

t.test('what is wrong with a qemu: address', needs('qemu-nbd'), async (t) => {
  for (const [at, message] of [
    [disk('none'), /no such file/i],
    [folder, /not a file/],
    ['json:{', /not JSON/],
    ['json:{"file":"x"}', /"driver" is missing/],
    ['json:{"driver":"none"}', /Unknown driver/],
    [disk('disk.luks'), /encrypted/],
    ['ssh://me:pass-word@127.0.0.1:1/x', /Failed to connect|Connection refused|Unknown protocol/],
  ] as const) {
    const { status, stderr } = await runTool('docteur', ['ls', `qemu:${at}`]);
    t.equal(status, 69, at);
    t.match(stderr, message);
    t.notMatch(stderr, 'pass-word');
    t.equal(stderr.trim().split('\n').length, 1, stderr);
  }
  const without = await runTool('docteur', ['ls', `qemu:${image}`], { env: { PATH: '/nowhere' } });
  t.match(without, { status: 69, stderr: /qemu-nbd is not installed/ });
});

const helpers = () =>
  spawnSync('pgrep', ['-f', `qemu-nbd.*${tmpdir()}/docteur-qemu-`], { encoding: 'utf8' }).stdout;
const litter = () => readdirSync(tmpdir()).filter((name) => name.startsWith('docteur-qemu-'));

t.test('QEMU dies with the tender, also when that is killed', needs('qemu-nbd'), async (t) => {
  const guest = writeGuest(folder, 'wait.js', 'solo5machine; for (;;);', [
    { name: 'disk', type: 'BLOCK_BASIC' },
  ]);
  const before = litter();
  const tender = startTender([`--block:disk=qemu:${disk('disk.qcow2')}`, guest]);
  for (let tries = 0; tries < 400 && litter().length <= before.length; tries += 1) await delay(25);
  const [own = ''] = litter().filter((name) => !before.includes(name));
  const mine = () => helpers() !== '' && spawnSync('pgrep', ['-f', own]).status === 0;
  for (let tries = 0; tries < 400 && !mine(); tries += 1) await delay(25);
  t.ok(mine());
  tender.kill('SIGKILL');
  await tender.outcome;
  for (let tries = 0; tries < 400 && (mine() || litter().includes(own)); tries += 1)
    await delay(25);
  t.notOk(mine());
  t.notOk(litter().includes(own));
});

t.test('what is served again is the same', needs('nbdcopy'), async (t) => {
  const server = await startServer([`file:${image}`, `--nbd=unix:${join(folder, 'from.sock')}`]);
  const again = await startServer([
    address('from.sock', 'disk.img'),
    `--nbd=unix:${join(folder, 'to.sock')}`,
  ]);
  const copy = join(folder, 'copy.img');
  t.match(await run('nbdcopy', [address('to.sock'), copy]), { status: 0, stderr: '' });
  t.ok(readFileSync(copy).equals(readFileSync(image)));
  await again.stop();
  await server.stop();
});
