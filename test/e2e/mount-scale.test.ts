// Mounts of many and of large files. The largest are tried with DOCTEUR_LONG=1, as `make soak` sets it.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { mountAt } from '../../image-tools/mount/mount-table.ts';
import { generatePaths } from '../bench/index-paths.ts';
import { generateImage } from '../fixtures/generated-image.ts';
import { AS_ROOT } from '../fixtures/mounts.ts';
import { becomes } from '../fixtures/processes.ts';
import { runTool, startTool } from '../fixtures/tools.ts';
import { withPathIndex } from '../fixtures/with-path-index.ts';

const LONG = process.env.DOCTEUR_LONG === '1';
const PATHS = LONG ? 1_000_000 : 20_000;
/** Of the large file. */
const BYTES = LONG ? 5 * 2 ** 30 + 777 : 48 * 2 ** 20 + 777;
const MIB = 2 ** 20;
/** Of the server. */
const MOST_MEMORY = 100;

const folder = t.testdir({ source: {}, many: {}, large: {} });
const large = join(folder, 'source', 'large');

async function mount(t: Test, image: string, name: string) {
  const point = join(folder, name);
  const { child, outcome } = startTool('docteur', ['mount', '-f', image, point]);
  t.teardown(() => {
    child.kill('SIGKILL');
    spawnSync('umount', ['-l', point]);
  });
  t.ok(await becomes(() => mountAt(point) !== undefined), 'it is mounted');
  const status = () => readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const memory = () => Number(/VmHWM:\s+(\d+) kB/.exec(status())?.[1]) / 1024;
  return { child, outcome, point, memory };
}

function shell(script: string, ...args: string[]): string {
  const { stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  });
  return stdout.trim() + stderr;
}

/** A megabyte that differs from all others in its first bytes alone: a file of many is a small image. */
function piece(index: number, length = MIB): Buffer {
  const bytes = Buffer.alloc(length, `${'docteur '.repeat(31)}\n`);
  bytes.write(`piece ${index}\n`);
  return bytes;
}

t.test(`${PATHS} files`, { skip: AS_ROOT.skip }, async (t) => {
  const image = join(folder, 'many.img');
  writeFileSync(image, withPathIndex(generateImage(generatePaths(PATHS))));
  const { child, outcome, point, memory } = await mount(t, image, 'many');
  const count = Number(shell('find "$1" -type f | wc -l', point));
  t.equal(count, [...generatePaths(PATHS)].length, 'find sees each once');
  t.equal(Number(shell('find "$1" -type f | sort | uniq -d | wc -l', point)), 0);
  t.equal(Number(shell('ls -lR "$1" | grep -c "^-"', point)), count, 'ls -lR');
  t.equal(shell('find "$1" -type f -size +1000k | wc -l', point), '0', 'sizes');
  t.ok(memory() < MOST_MEMORY, `${memory().toFixed(0)} MiB of memory`);
  child.kill('SIGTERM');
  t.equal((await outcome).status, 0);
});

t.test(`a file of ${BYTES} bytes`, { skip: AS_ROOT.skip }, async (t) => {
  const fd = openSync(large, 'w');
  const whole = createHash('sha256');
  for (let at = 0; at < BYTES; at += MIB) {
    const bytes = piece(at / MIB, Math.min(MIB, BYTES - at));
    whole.update(bytes);
    writeFileSync(fd, bytes);
  }
  closeSync(fd);
  const image = join(folder, 'large.img');
  t.match(await runTool('docteur.make', ['-q', join(folder, 'source'), image]), { status: 0 });
  // What is compared with stays in no cache of the system's: it is as large as the machine's memory may be.
  shell('rm "$1"', large);
  const { child, outcome, point, memory } = await mount(t, image, 'large');
  const file = join(point, 'large');
  t.equal(Number(shell('stat -c %s "$1"', file)), BYTES);

  const opened = openSync(file, 'r');
  const check = (at: number, length: number) => {
    const bytes = Buffer.alloc(length);
    const expected = Math.max(0, Math.min(length, BYTES - at));
    const count = readSync(opened, bytes, 0, length, at);
    const first = Math.floor(at / MIB);
    const pieces = Buffer.concat([piece(first), piece(first + 1)]).subarray(at - first * MIB);
    t.ok(
      count === expected && bytes.subarray(0, count).equals(pieces.subarray(0, count)),
      `at ${at}`,
    );
  };
  check(BYTES - 100, 200);
  check(BYTES, 10);
  check(BYTES + 5 * MIB, 10);
  for (const at of [0, MIB - 5, BYTES / 2, BYTES / 3, 0.9 * BYTES, 4095])
    check(Math.floor(at), 5000);
  closeSync(opened);

  // Readers at once, each at its own place, and one that maps the end.
  const readers = Array.from({ length: 64 }, (_, i) => {
    const at = Math.floor((i * BYTES) / 64 / MIB);
    const args = [`if=${file}`, 'bs=1M', `skip=${at}`, 'count=1', 'status=none'];
    const child = spawn('dd', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const got: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => got.push(bytes));
    return new Promise<boolean>((resolve) => {
      child.once('close', () => resolve(Buffer.concat(got).equals(piece(at))));
    });
  });
  t.ok((await Promise.all(readers)).every(Boolean), '64 readers');
  const MAP = `import mmap, sys
f = open(sys.argv[1], 'rb'); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
print(len(m), m[len(m) - 8:].hex(), m[1048576:1048584])`;
  const mapped = spawnSync('python3', ['-c', MAP, file], { encoding: 'utf8' });
  const end = piece(Math.floor(BYTES / MIB), BYTES % MIB).subarray(-8);
  if (mapped.error !== undefined) t.pass('skipped: no python3 here');
  else t.equal(mapped.stdout, `${BYTES} ${end.toString('hex')} b'piece 1\\n'\n`, mapped.stderr);

  const sum = shell('sha256sum <"$1" | cut -d" " -f1', file);
  t.equal(sum, whole.digest('hex'), 'all of it');
  t.ok(memory() < MOST_MEMORY, `${memory().toFixed(0)} MiB of memory`);
  child.kill('SIGTERM');
  t.equal((await outcome).status, 0);
});
