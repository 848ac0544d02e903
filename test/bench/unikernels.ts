// What a unikernel's whole run costs beside an empty script of the same Node and a script guest, in one run; and a
// block read by a guest of spt beside the same call of this process.
// usage: node --conditions=docteur:source test/bench/unikernels.ts [ROUNDS]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeManifest } from '#abi';
import { emitGuest, SCRATCH, type Target } from '../fixtures/elf/guest-code.ts';
import { median } from './median.ts';

const TARGET = 1.35;
const READS = 200_000;
const rounds = Number(process.argv[2] ?? 21);
const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'docteur-bench-'));
const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const tender = join(root, 'dist/bin/tender.js');
const hello = (target: Target) =>
  file(
    `hello.${target}`,
    emitGuest(target, [], (guest) => {
      guest.say('hello\n');
      guest.exit(0);
    }),
  );
const script = `${encodeManifest([])}
solo5machine.consoleWrite(new Uint8Array([104, 105, 10])); solo5machine.exit(0);`;

const CASES: Record<string, string[]> = {
  'an empty script': [file('empty.js', '')],
  'script guest': [tender, file('hello.js', script)],
  'unikernel, spt': [tender, hello('spt')],
  'unikernel, hvt=process': [tender, '--hvt=process', hello('hvt')],
  'unikernel, hvt=kvm': [tender, '--hvt=kvm', hello('hvt')],
};

interface Cost {
  readonly wall: number;
  /** Of processor time, children included. */
  readonly cpu: number;
}

const costs = new Map<string, Cost[]>();
for (let round = 0; round < rounds; round += 1) {
  for (const [name, args] of Object.entries(CASES)) {
    if (costs.get(name)?.length === 0) continue;
    // Times of ended children, from the shell that waited for them.
    const command = ['-c', '"$@"; code=$?; times >&2; exit $code', 'sh', process.execPath, ...args];
    const start = performance.now();
    const { status, stderr } = spawnSync('sh', command, { env: {}, encoding: 'utf8' });
    const wall = performance.now() - start;
    const [, children = ''] = stderr.trim().split('\n').slice(-2);
    const cpu = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
      (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
      0,
    );
    if (status === 0) costs.set(name, [...(costs.get(name) ?? []), { wall, cpu }]);
    else costs.set(name, []);
  }
}

const base = costs.get('an empty script') ?? [];
const wallOf = (list: readonly Cost[]) => median(list.map(({ wall }) => wall));
const cpuOf = (list: readonly Cost[]) => median(list.map(({ cpu }) => cpu));
process.stdout.write(`hello, spawn to exit, Node ${process.version}, ${rounds} rounds, medians\n`);
for (const [name, list] of costs) {
  if (list.length === 0) process.stdout.write(`${name.padEnd(24)} not here\n`);
  else {
    const ratio = (wallOf(list) / wallOf(base)).toFixed(2);
    const cpuRatio = (cpuOf(list) / cpuOf(base)).toFixed(2);
    process.stdout.write(
      `${name.padEnd(24)} ${wallOf(list).toFixed(1)} ms, ${ratio} of empty; processor ${cpuOf(list).toFixed(0)} ms, ${cpuRatio}\n`,
    );
  }
}
process.stdout.write(`target: spt at most ${TARGET} of an empty script\n`);

const disk = file('disk.img', new Uint8Array(1 << 20));
for (const size of [512, 4096, 32_768]) {
  const reader = (reads: number) =>
    file(
      'reader.spt',
      emitGuest('spt', [{ name: 'disk', type: 'BLOCK_BASIC' }], (guest) => {
        const { code } = guest;
        code.store(SCRATCH - 8, reads);
        const top = code.here;
        guest.readBlock(1, 0, SCRATCH, size);
        // One less; on while it is not 0.
        code
          .set('rax', { at: SCRATCH - 8, size: 8 })
          .raw(0x48, 0xff, 0xc8)
          .keep(SCRATCH - 8);
        code.jumpUnlessZero(top);
        guest.exit(0);
      }),
    );
  const time = (reads: number) => {
    const args = [`--block:disk=${disk}`, `--block-sector-size:disk=${size}`, reader(reads)];
    const start = performance.now();
    spawnSync(process.execPath, [tender, ...args], { env: {} });
    return performance.now() - start;
  };
  const [few, many] = [1, READS].map((reads) => median([1, 2, 3].map(() => time(reads))));
  const each = (((many as number) - (few as number)) * 1e6) / READS;
  process.stdout.write(`a read of ${size} bytes by a guest of spt: ${each.toFixed(0)} ns\n`);
}
rmSync(folder, { recursive: true });
