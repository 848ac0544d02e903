// What a hypercall of a unikernel for hvt costs on each engine, tender and guest together.
// usage: node --conditions=docteur:source test/bench/hypercalls.ts
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emitGuest, type GuestCode, hypercall, SCRATCH } from '../fixtures/elf/guest-code.ts';
import { ENGINES } from '../fixtures/elf/hvt-engines.ts';
import { repeat } from '../fixtures/elf/hvt-guest.ts';
import { median } from './median.ts';

const CALLS = 50_000;
/** Of Linux's clock for processes: ticks a second. */
const TICKS = 100;
const HYPERCALL_TARGET = 40;
const root = join(import.meta.dirname, '..', '..');
const tender = join(root, 'dist/bin/tender.js');
const folder = mkdtempSync(join(tmpdir(), 'docteur-bench-'));

function write(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const DISK = [{ name: 'disk', type: 'BLOCK_BASIC' }] as const;
const image = write('disk.img', new Uint8Array(64 * 1024));
const engines = ENGINES.filter(({ skip }) => skip === false).map(({ name }) => name);

/** What processes that ended, and their children, used of the processor, in ms. */
function childrenCpu(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return ((Number(fields[13]) + Number(fields[14])) * 1000) / TICKS;
}

function run(args: readonly string[]): { wall: number; cpu: number } {
  const before = childrenCpu();
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env: {} });
  if (status !== 0) throw new Error(`${args.join(' ')}: status ${status} ${stderr}`);
  return { wall: performance.now() - start, cpu: childrenCpu() - before };
}

const CALL_KINDS: Record<string, (guest: GuestCode) => void> = {
  'the time': ({ code }) => void code.out(0x501, SCRATCH),
  'a read of 512 bytes': ({ code }) => hypercall(code, 5, 1, 0, SCRATCH, 512, -1),
  rdtsc: ({ code }) => void code.raw(0x0f, 0x31),
};

/** Both sides together: the tender's process and the guest's. */
function measureCalls(): void {
  process.stdout.write('| engine | call | µs | processor, µs |\n|---|---|---|---|\n');
  for (const engine of engines) {
    const options = [tender, '--mem=16', `--hvt=${engine}`, `--block:disk=${image}`];
    const guestOf = (name: string, calls: number, call: (guest: GuestCode) => void) => {
      const file = emitGuest('hvt', DISK, (guest) => {
        repeat(guest.code, calls, () => call(guest));
        guest.exit(0);
      });
      return [...options, write(name, file)];
    };
    const calls = engine === 'kvm' ? CALLS / 5 : CALLS;
    for (const [what, call] of Object.entries(CALL_KINDS)) {
      const few = run(guestOf('few.hvt', 1, call));
      const costs = [1, 2, 3].map(() => run(guestOf('many.hvt', calls, call)));
      const wall = median(costs.map((cost) => cost.wall - few.wall));
      const cpu = median(costs.map((cost) => cost.cpu - few.cpu));
      const each = (ms: number) => ((ms * 1000) / calls).toFixed(1);
      process.stdout.write(`| ${engine} | ${what} | ${each(wall)} | ${each(cpu)} |\n`);
    }
  }
  process.stdout.write(`target: a hypercall at most ${HYPERCALL_TARGET} µs of processor\n`);
}

try {
  measureCalls();
} finally {
  rmSync(folder, { recursive: true });
}
