// The NBD server, read by clients that others wrote: each gets the image's own bytes, and none can write.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { has, makeImage, run, sha256, shortFolder, startServer } from '../fixtures/serve.ts';

const folder = shortFolder((clean) => t.teardown(clean));
const socket = join(folder, 'nbd.sock');
const uri = `nbd+unix:///?socket=${socket}`;
const image = await makeImage(folder, 'disk.img', 3 << 20);
const other = await makeImage(folder, 'other.img', 4000);
const expected = sha256(image);
const server = await startServer([image, other, `--nbd=unix:${socket}`]);
t.teardown(() => server.child.kill());

const needs = (program: string, ...args: string[]) =>
  has(program, ...args) ? {} : { skip: `${program} is not installed` };

t.test('what the server tells', async (t) => {
  t.match(server.told, [
    { event: 'image', name: 'disk.img', commit: /^[0-9a-f]{40}$/ },
    { event: 'image', name: 'other.img' },
    { event: 'listening', uri },
  ]);
});

t.test('nbdinfo: what the image is', needs('nbdinfo'), async (t) => {
  const { stdout, status } = await run('nbdinfo', ['--json', uri]);
  t.equal(status, 0);
  const { commit } = server.told[0] as { commit?: string };
  t.match(JSON.parse(stdout), {
    structured: true,
    exports: [
      {
        'export-name': 'disk.img',
        description: new RegExp(`commit ${commit}, 3\\.0 MiB`),
        is_read_only: true,
        can_multi_conn: true,
        can_trim: false,
        can_zero: false,
        contexts: ['base:allocation'],
        'export-size': readFileSync(image).length,
      },
    ],
  });
  const { stdout: list } = await run('nbdinfo', ['--list', '--json', uri]);
  const names = JSON.parse(list).exports.map((one: Record<string, string>) => one['export-name']);
  t.same(names, ['disk.img', 'other.img']);
  const { stdout: map } = await run('nbdinfo', ['--map', uri]);
  t.match(map, /0\s+\d+\s+0\s+data/);
});

t.test('nbdcopy, over one connection and several', needs('nbdcopy'), async (t) => {
  for (const connections of [1, 4]) {
    const out = join(folder, `copy-${connections}`);
    const args = [`--connections=${connections}`, uri, out];
    t.match(await run('nbdcopy', args), { status: 0, stderr: '' });
    t.equal(sha256(out), expected);
  }
  const second = join(folder, 'copy-other');
  await run('nbdcopy', [`nbd+unix:///other.img?socket=${socket}`, second]);
  t.equal(sha256(second), sha256(other));
  t.match(await run('nbdcopy', [image, uri]), { status: 1, stderr: /read-only/ });
});

t.test('qemu-img: info, map, convert, compare; no writing', needs('qemu-img'), async (t) => {
  t.match(await run('qemu-img', ['info', uri]), { status: 0, stdout: /file format: raw/ });
  t.match(await run('qemu-img', ['map', '--output=json', uri]), { stdout: /"data": true/ });
  const out = join(folder, 'converted');
  t.equal((await run('qemu-img', ['convert', '-O', 'raw', uri, out])).status, 0);
  t.equal(sha256(out), expected);
  t.match(await run('qemu-img', ['compare', uri, image]), { status: 0, stdout: /identical/ });
  const write = await run('qemu-io', ['-f', 'raw', '-c', 'write 0 512', uri]);
  t.not(write.status, 0);
});

/** libnbd's shell in Python: anything that the protocol can say. */
const nbdsh = (script: string, to = uri) =>
  run('/usr/bin/python3', ['-c', `import nbd\nh = nbd.NBD()\n${script.replaceAll('URI', to)}`]);
const hasLibnbd = (await run('/usr/bin/python3', ['-c', 'import nbd'])).status === 0;
const libnbd = hasLibnbd ? {} : { skip: 'python3-libnbd is not installed' };

t.test('nbdsh: any byte range; every way to write is refused', libnbd, async (t) => {
  const { stdout, stderr } = await nbdsh(`
import hashlib
h.connect_uri("URI")
want = open("${image}", "rb").read()
for (at, n) in [(0, 1), (511, 2), (4096, 70000), (len(want) - 1, 1), (1, len(want) - 1)]:
    assert h.pread(n, at) == want[at:at + n], (at, n)
h.set_strict_mode(0)
def refused(what, errno):
    try:
        what()
    except nbd.Error as e:
        assert e.errnum == errno, (e.errnum, errno)
        return
    assert False
refused(lambda: h.pwrite(b"x" * 512, 0), 1)
refused(lambda: h.trim(512, 0), 1)
refused(lambda: h.zero(512, 0), 1)
refused(lambda: h.pread(512, len(want)), 22)
refused(lambda: h.pread(1, 1 << 62), 22)
assert h.pread(5, 7) == want[7:12]
h.shutdown()
print("fine")`);
  t.equal(stdout, 'fine\n', stderr);
});

t.test('nbdsh: simple replies; no fixed newstyle beyond them', libnbd, async (t) => {
  const { stdout, stderr } = await nbdsh(`
h.set_request_structured_replies(False)
h.connect_uri("URI")
want = open("${image}", "rb").read()
assert not h.get_structured_replies_negotiated()
assert h.pread(len(want), 0) == want
h.shutdown()
print("fine")`);
  t.equal(stdout, 'fine\n', stderr);
});

t.test('fio, if it has the engine', needs('fio'), async (t) => {
  if (!(await run('fio', ['--enghelp'])).stdout.includes('nbd')) {
    t.pass('skipped: this fio has no nbd engine');
    return;
  }
  for (const depth of [1, 16]) {
    const { stdout, status } = await run('fio', [
      '--name=x',
      '--ioengine=nbd',
      `--uri=${uri}`,
      '--rw=randread',
      '--bs=512-64k',
      `--iodepth=${depth}`,
      '--size=1m',
      '--output-format=terse',
    ]);
    t.equal(status, 0);
    t.equal(/^3;[^;]+;x;0;(\d+);/m.exec(stdout)?.[1], '0', 'no error');
  }
});

t.test("nbdkit's nbd plugin, in between", needs('nbdkit'), async (t) => {
  const command = [
    '-U',
    '-',
    '-r',
    'nbd',
    `socket=${socket}`,
    '--run',
    `nbdcopy "$uri" ${folder}/kit`,
  ];
  t.match(await run('nbdkit', command), { status: 0 });
  t.equal(sha256(join(folder, 'kit')), expected);
});

t.test("nbd-client's list", needs('/usr/sbin/nbd-client', '-V'), async (t) => {
  const { stdout } = await run('/usr/sbin/nbd-client', ['-l', '--unix', socket]);
  t.match(stdout, /^disk\.img: docteur image, commit/m);
  t.match(stdout, /^other\.img: docteur image, commit/m);
});

t.test('systemd: a socket that listens already', libnbd, async (t) => {
  const { stdout, stderr } = await nbdsh(`
import hashlib
h.connect_systemd_socket_activation(["${process.execPath}", "${join(import.meta.dirname, '../../dist/bin/docteur.js')}", "serve", "${image}"])
print(hashlib.sha256(h.pread(h.get_size(), 0)).hexdigest())`);
  t.equal(stdout, `${expected}\n`, stderr);
});

t.test(
  'SIGHUP: new clients read the new file, others go on with the old one',
  libnbd,
  async (t) => {
    const own = join(folder, 'swap.img');
    const path = join(folder, 'swap.sock');
    writeFileSync(own, readFileSync(image));
    const swapping = await startServer([own, `--nbd=unix:${path}`]);
    t.teardown(() => swapping.child.kill());
    const { rm, mv } = { rm: `rm ${own}`, mv: `cp ${other} ${own}` };
    const { stdout, stderr } = await nbdsh(
      `
import os, signal, time
a = nbd.NBD()
a.connect_uri("URI")
old = open("${image}", "rb").read()
os.system("${rm}; ${mv}")
os.kill(${swapping.child.pid}, signal.SIGHUP)
for i in range(1000):
    b = nbd.NBD()
    b.connect_uri("URI")
    if b.get_size() != len(old): break
    time.sleep(0.02)
new = open("${other}", "rb").read()
assert b.pread(len(new), 0) == new
assert a.pread(len(old), 0) == old
print("fine")`,
      `nbd+unix:///?socket=${path}`,
    );
    t.equal(stdout, 'fine\n', stderr);
    writeFileSync(own, 'not an image');
    swapping.child.kill('SIGHUP');
    const { message } = await swapping.hears(({ event }) => event === 'not swapped');
    t.match(message, /swap\.img/);
    const { status, stderr: said } = await swapping.stop();
    t.equal(status, 0);
    t.match(said, /docteur serve: still serving the old images: .*swap\.img/);
  },
);

t.test('the end: SIGTERM, status 0, no socket left', async (t) => {
  const { status, stderr } = await server.stop();
  t.equal(status, 0);
  t.match(stderr, /^docteur serve: disk\.img: commit [0-9a-f]{40}, 3\.0 MiB$/m);
  t.equal(server.told.at(-1)?.event, 'end');
  t.notOk(existsSync(socket));
});
