// Disks of strangers: what names other files, or is out of proportion, is refused before qemu-img sees it.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { withRawDisk } from '../../image-tools/disk/disk-format.ts';
import { runTool, type ToolOutcome, writeFiveFileFolder } from '../fixtures/tools.ts';

const missing = spawnSync('qemu-img', ['--version']).error !== undefined;
const skip = missing && 'qemu-img is not installed (Debian: qemu-utils)';
const scratch = t.testdir({ folder: {}, disks: {}, tmp: {} });
const at = (name: string) => join(scratch, 'disks', name);
const env = { TMPDIR: join(scratch, 'tmp') };
writeFiveFileFolder(join(scratch, 'folder'));

const qemuImg = (...args: string[]) =>
  execFileSync('qemu-img', args, { cwd: join(scratch, 'disks') });

/** A qemu-img that writes down how it is called, and does nothing. */
function fakeQemuImg(t: Test, script: string): { bin: string; log: string } {
  const folder = t.testdir();
  const log = join(folder, 'log');
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/qemu-img'), `#!/bin/sh\nLOG='${log}'\n${script}`);
  chmodSync(join(folder, 'bin/qemu-img'), 0o755);
  return { bin: `${join(folder, 'bin')}:${process.env.PATH}`, log };
}

/** Verifies a disk, with a qemu-img that must not be asked to convert it. */
async function verifyUnseen(t: Test, name: string): Promise<ToolOutcome> {
  const { bin, log } = fakeQemuImg(t, 'echo "$*" >> "$LOG"');
  const outcome = await runTool('docteur.verify', [at(name)], { env: { ...env, PATH: bin } });
  t.equal(readFileSync(log, 'utf8'), '--version\n', `${name}: not seen`);
  t.strictSame(readdirSync(join(scratch, 'tmp')), []);
  return outcome;
}

/** A VMDK without a size, whose text names what is to be read in its place. */
function writeFlatVmdk(name: string, extent: string): void {
  const bytes = Buffer.alloc(21 * 512);
  bytes.write('KDMV');
  bytes.writeUInt32LE(1, 4);
  bytes.writeUInt32LE(3, 8);
  for (const [offset, value] of [
    [12, 0n],
    [20, 128n],
    [28, 1n],
    [36, 20n],
  ] as const) {
    bytes.writeBigUInt64LE(value, offset);
  }
  const text = `# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\n`;
  bytes.write(`${text}createType="monolithicFlat"\n\n${extent}\n`, 512);
  writeFileSync(at(name), bytes);
}

t.test('a VMDK that is read from elsewhere: a FIFO, a file, a server', async (t) => {
  execFileSync('mkfifo', [at('fifo')]);
  const places = [at('fifo'), '/etc/hostname', 'nbd://127.0.0.1:9'];
  for (const [i, place] of places.entries()) {
    writeFlatVmdk(`${i}.vmdk`, `RW 2048 FLAT "${place}" 0`);
    const { status, stderr } = await verifyUnseen(t, `${i}.vmdk`);
    t.equal(status, 65);
    t.match(stderr, /vmdk: the disk needs other files as well\n$/);
  }
});

/** Writes bytes into a file. */
function patch(name: string, offset: number, bytes: Buffer): void {
  const fd = openSync(at(name), 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}

t.test('disks that lean on others, as qemu-img makes them', { skip }, async (t) => {
  writeFileSync(at('base'), Buffer.alloc(1 << 20));
  qemuImg('create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', 'base', 'backing.qcow2');
  qemuImg('create', '-q', '-f', 'qcow2', '-o', 'data_file=data', 'external.qcow2', '1M');
  qemuImg('create', '-q', '-f', 'vmdk', 'base.vmdk', '1M');
  qemuImg('create', '-q', '-f', 'vmdk', '-F', 'vmdk', '-b', 'base.vmdk', 'backing.vmdk');
  qemuImg('create', '-q', '-f', 'vdi', 'link.vdi', '1M');
  patch('link.vdi', 424, Buffer.alloc(16, 7));
  qemuImg('create', '-q', '-f', 'vdi', 'parent.vdi', '1M');
  patch('parent.vdi', 440, Buffer.alloc(16, 7));
  qemuImg('create', '-q', '-f', 'vhdx', 'parent.vhdx', '8M');
  const vhdx = readFileSync(at('parent.vhdx'));
  const id = Buffer.from('3767a1ca36fa434db3b633f0aa44e76b', 'hex');
  const item = vhdx.indexOf(id);
  const table = vhdx.lastIndexOf('metadata', item);
  patch('parent.vhdx', table + vhdx.readUInt32LE(item + 16) + 4, Buffer.of(2));
  for (const name of readdirSync(join(scratch, 'disks')).filter((name) =>
    /[a-z]\.[a-z]/.test(name),
  )) {
    if (name === 'base.vmdk') continue;
    const { status, stderr } = await verifyUnseen(t, name);
    t.equal(status, 65, name);
    t.match(stderr, new RegExp(`${name}: the disk needs other files as well\n$`));
  }
});

/** A small qcow2 each of whose clusters of 2 MiB is the same compressed one. */
function writeBomb(name: string, size: number): void {
  const cluster = 1 << 21;
  const tables = Math.ceil(size / cluster / (cluster / 8));
  const bytes = Buffer.alloc(6 * cluster);
  bytes.write('QFI\xfb', 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(21, 20);
  bytes.writeBigUInt64BE(BigInt(size), 24);
  bytes.writeUInt32BE(tables, 36);
  for (const [offset, place] of [
    [40, 1],
    [48, 2],
  ] as const) {
    bytes.writeBigUInt64BE(BigInt(place * cluster), offset);
  }
  bytes.writeUInt32BE(1, 56);
  bytes.writeUInt32BE(4, 96);
  bytes.writeUInt32BE(104, 100);
  const copied = 1n << 63n;
  for (let i = 0; i < tables; i++)
    bytes.writeBigUInt64BE(BigInt(4 * cluster) | copied, cluster + 8 * i);
  bytes.writeBigUInt64BE(BigInt(3 * cluster), 2 * cluster);
  for (let i = 0; i < 6; i++) bytes.writeUInt16BE(1, 3 * cluster + 2 * i);
  const data = deflateRawSync(Buffer.alloc(cluster, 'A'), { level: 9, windowBits: 12 });
  const sectors = Math.ceil(data.length / 512) - 1;
  const entry = (1n << 62n) | (BigInt(sectors) << 49n) | BigInt(5 * cluster);
  for (let i = 0; i < cluster / 8; i++) bytes.writeBigUInt64BE(entry, 4 * cluster + 8 * i);
  data.copy(bytes, 5 * cluster);
  writeFileSync(at(name), bytes);
}

t.test('a disk out of proportion to its file, in each format', { skip }, async (t) => {
  writeBomb('bomb.qcow2', 2 ** 34);
  qemuImg('create', '-q', '-f', 'vmdk', 'bomb.vmdk', '16G');
  qemuImg('create', '-q', '-f', 'vdi', 'bomb.vdi', '16G');
  qemuImg('create', '-q', '-f', 'vhdx', 'bomb.vhdx', '2T');
  for (const format of ['qcow2', 'vmdk', 'vdi', 'vhdx']) {
    const { status, stderr } = await verifyUnseen(t, `bomb.${format}`);
    t.equal(status, 65);
    t.match(
      stderr,
      /: a file of \d+ bytes claims a disk of \d+ bytes, at most 1073741824 allowed\n$/,
    );
  }
  // From a file that is large enough it still needs room, which nobody has.
  qemuImg('create', '-q', '-f', 'vdi', 'room.vdi', '8T');
  truncateSync(at('room.vdi'), 2 ** 40);
  const { status, stderr } = await verifyUnseen(t, 'room.vdi');
  t.equal(status, 74);
  t.match(
    stderr,
    /cannot unwrap into [^ ]+: 8796093022208 bytes needed: No space left on device\n$/,
  );
});

t.test('a size that only the second header of a VMDK tells', { skip }, async (t) => {
  writeFileSync(at('noise'), Buffer.alloc(1 << 20, 'noise'));
  const convert = ['convert', '-f', 'raw', '-O', 'vmdk', '-o', 'subformat=streamOptimized'];
  qemuImg(...convert, 'noise', 'stream.vmdk');
  const bytes = readFileSync(at('stream.vmdk'));
  const marker = Buffer.alloc(512);
  marker.writeUInt32LE(3, 12);
  writeFileSync(
    at('stream.vmdk'),
    Buffer.concat([bytes, marker, bytes.subarray(0, 512), Buffer.alloc(512)]),
  );
  patch('stream.vmdk', 56, Buffer.alloc(8, 0xff));
  await withRawDisk(at('stream.vmdk'), async (raw) => {
    t.ok(readFileSync(raw).equals(readFileSync(at('noise'))), 'read as it is');
  });
  const last = bytes.length + 512;
  const huge = Buffer.alloc(8);
  huge.writeBigUInt64LE(2n ** 30n);
  patch('stream.vmdk', last + 12, huge);
  t.match(
    (await verifyUnseen(t, 'stream.vmdk')).stderr,
    /: a file of \d+ bytes claims a disk of 549755813888 bytes/,
  );
  patch('stream.vmdk', last + 12, Buffer.alloc(8));
  t.match((await verifyUnseen(t, 'stream.vmdk')).stderr, /needs other files as well/);
});

t.test('headers that are cut, or nonsense', async (t) => {
  const heads = {
    'v1.qcow2': Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x01', 'latin1'), Buffer.alloc(100)]),
    'short.qcow2': Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'),
    'short.vmdk': Buffer.from('KDMV'),
    'short.vdi': Buffer.concat([Buffer.alloc(64), Buffer.from('7f10dabe', 'hex')]),
    'empty.vhdx': Buffer.concat([Buffer.from('vhdxfile'), Buffer.alloc(0x50000)]),
    'many.vhdx': Buffer.concat([Buffer.from('vhdxfile'), Buffer.alloc(0x50000)]),
  };
  heads['many.vhdx'].write('regi', 0x30000);
  heads['many.vhdx'].writeUInt32LE(0xffffffff, 0x30008);
  for (const [name, bytes] of Object.entries(heads)) {
    writeFileSync(at(name), bytes);
    const { status, stderr } = await verifyUnseen(t, name);
    t.equal(status, 65, name);
    t.match(stderr, /^docteur\.verify: [^\n]+\n$/);
    if (name === 'many.vhdx') t.match(stderr, /: a table of 4294967295 entries\n$/);
  }
});

t.test(
  'what qemu-img is given: limits, a format, and descriptors',
  { skip: skip || process.platform !== 'linux' },
  async (t) => {
    qemuImg('create', '-q', '-f', 'qcow2', 'plain.qcow2', '64M');
    const { bin, log } = fakeQemuImg(
      t,
      `case $1 in convert)
  echo "$*" > "$LOG"; cat /proc/self/limits >> "$LOG"; readlink /proc/self/fd/3 /proc/self/fd/4 >> "$LOG"
esac`,
    );
    await runTool('docteur.verify', [at('plain.qcow2')], { env: { ...env, PATH: bin } });
    const text = readFileSync(log, 'utf8');
    t.match(text, /^convert -f qcow2 -O raw \/proc\/self\/fd\/3 \/proc\/self\/fd\/4\n/);
    t.match(text, /^Max address space +2147483648 +2147483648 /m);
    t.match(text, /^Max file size +134217728 +134217728 /m);
    t.match(text, /^Max cpu time +64 /m);
    t.match(text, new RegExp(`^${at('plain.qcow2')}\n.*/tmp/docteur-\\w+/raw\\.img\n`, 'm'));
  },
);

t.test('a disk that changes while it is unwrapped', { skip }, async (t) => {
  qemuImg('create', '-q', '-f', 'qcow2', 'changing.qcow2', '1M');
  const { bin } = fakeQemuImg(t, `case $1 in convert) echo x >> '${at('changing.qcow2')}' ;; esac`);
  const outcome = await runTool('docteur.verify', [at('changing.qcow2')], {
    env: { ...env, PATH: bin },
  });
  t.equal(outcome.status, 74);
  t.match(outcome.stderr, /changing\.qcow2: changed while it was unwrapped\n$/);
});
