// A mounted image beside squashfuse and `git archive | tar x` on the same content, in one run. What counts is
// the processor time of the server; the programs that read cost the same with both. At the end, the targets.
// usage: node --conditions=docteur:source test/bench/mount.ts FOLDER [ROUNDS] [--image=FILE]
// Peers: mksquashfs and squashfuse_ll (Debian: squashfs-tools, squashfuse); those that are missing are left out.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mountAt } from '../../image-tools/mount/mount-table.ts';
import { generateImage } from '../fixtures/generated-image.ts';
import { git } from '../fixtures/git.ts';
import { withPathIndex } from '../fixtures/with-path-index.ts';
import { generatePaths } from './index-paths.ts';
import { measureCommand } from './measure-command.ts';
import { median } from './median.ts';

const ENTRIES = 150_000;
const TICKS = 100;
const root = join(import.meta.dirname, '../..');
const { values, positionals } = parseArgs({
  options: { image: { type: 'string' } },
  allowPositionals: true,
});
const folder = resolve(positionals[0] ?? join(root, 'build/docs'));
const rounds = Number(positionals[1] ?? 3);
const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-mount-'));
const point = join(scratch, 'mount');
mkdirSync(point);
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** What a server took, in seconds of processor and bytes, and how long its client took. */
interface Taken {
  readonly server: number;
  readonly client: number;
  readonly wall: number;
  readonly peak: number;
}

interface Server {
  readonly name: string;
  readonly command: readonly string[];
}

function processorOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function peakOf(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Mounts, runs each job, and unmounts. */
async function run({ command }: Server, jobs: readonly string[]): Promise<Taken[]> {
  const [program = '', ...args] = command;
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const pid = child.pid as number;
  const ended = new Promise((resolve) => child.once('close', resolve));
  while (mountAt(point) === undefined) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    await setTimeout(20);
  }
  // It serves: what its start takes is none of the jobs'.
  await readdir(point);
  const taken = jobs.map((job) => {
    const before = processorOf(pid);
    const { cost } = measureCommand(['sh', '-c', job]);
    const server = processorOf(pid) - before;
    return { server, client: cost.user + cost.system, wall: cost.wall, peak: peakOf(pid) };
  });
  execFileSync('umount', [point]);
  await ended;
  return taken;
}

const READ = `find ${point} -type f -print0 | xargs -0 cat >/dev/null`;
const FIND = `find ${point} >/dev/null`;
const LIST = `ls -lR ${point} >/dev/null`;

const docteur = (image: string): Server => ({
  name: 'docteur mount',
  command: [process.execPath, join(root, 'dist/bin/docteur.js'), 'mount', '-f', image, point],
});

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

const seconds = (value: number) => value.toFixed(2).padStart(7);

/** One line a job and server: medians. */
function print(name: string, server: string, all: readonly Taken[], entries?: number): void {
  const of = (pick: (taken: Taken) => number) => median(all.map(pick));
  const each =
    entries === undefined
      ? ''
      : `  ${((of((t) => t.server) / entries) * 1e6).toFixed(1)} µs an entry`;
  const peak = `${(of((t) => t.peak) / 2 ** 20).toFixed(0).padStart(5)} MiB`;
  process.stdout.write(
    `${name.padEnd(26)} ${server.padEnd(15)} ${seconds(of((t) => t.server))} ${seconds(of((t) => t.client))} ${seconds(of((t) => t.wall))} ${peak}${each}\n`,
  );
}

/** NaN where there was no peer. */
function printTarget(name: string, bound: string, value: number, most: number): void {
  const verdict = Number.isNaN(value) ? 'no peer here' : value <= most ? 'met' : 'MISSED';
  process.stdout.write(
    `target: ${name.padEnd(20)} ${bound.padEnd(24)} ${value.toFixed(2).padStart(7)}  ${verdict}\n`,
  );
}

const image = values.image === undefined ? join(scratch, 'disk.img') : resolve(values.image);
if (!existsSync(image)) {
  execFileSync(process.execPath, [join(root, 'dist/bin/docteur.make.js'), '-q', folder, image]);
}
const servers = [docteur(image)];
if (has('mksquashfs') && has('squashfuse_ll')) {
  const squashed = join(scratch, 'image.sqfs');
  execFileSync('mksquashfs', [folder, squashed, '-quiet', '-no-progress'], { stdio: 'ignore' });
  servers.push({ name: 'squashfuse_ll', command: ['squashfuse_ll', '-f', squashed, point] });
}

const jobs = [
  ['find', [FIND]],
  ['ls -lR', [LIST, LIST]],
  ['all files', [READ, READ]],
] as const;
const count = Number(execFileSync('sh', ['-c', `find ${folder} | wc -l`]));
process.stdout.write(
  `${count} entries; seconds of processor of the server and of its client, elapsed, most memory of the server\n`,
);

/** Of each job, by its name: medians of the seconds of each server, cold and warm. */
const servedIn = new Map<string, number[][]>();
let peak = 0;
for (const [name, lines] of jobs) {
  const results = servers.map(() => lines.map((): Taken[] => []));
  for (let round = 0; round < rounds; round++) {
    for (const [i, server] of servers.entries()) {
      const taken = await run(server, lines);
      for (const [j, each] of taken.entries()) results[i]?.[j]?.push(each);
      if (i === 0) peak = Math.max(peak, ...taken.map((one) => one.peak));
    }
  }
  for (const [i, server] of servers.entries()) {
    for (const [j, all] of (results[i] ?? []).entries()) {
      const entries = j === 0 && name !== 'all files' ? count : undefined;
      print(`${name}, ${j === 0 ? 'cold' : 'warm'}`, server.name, all, entries);
    }
  }
  const seconds = results.map((each) => each.map((all) => median(all.map((one) => one.server))));
  servedIn.set(name, seconds);
}

const many = join(scratch, 'many.img');
writeFileSync(many, withPathIndex(generateImage(generatePaths(ENTRIES))));
const found: Taken[] = [];
for (let round = 0; round < rounds; round++) found.push(...(await run(docteur(many), [FIND])));
print(`find, ${ENTRIES} files`, 'docteur mount', found, ENTRIES);

const repository = join(scratch, 'repository');
git(scratch, 'init', '-q', '-b', 'main', repository);
git(repository, `--work-tree=${folder}`, 'add', '-A', '.');
git(repository, 'commit', '-q', '-m', 'benchmark');
git(repository, 'repack', '-adfq', '--window=10');
const out = join(scratch, 'out');
const unpacked = Array.from({ length: rounds }, () => {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const { cost } = measureCommand([
    'sh',
    '-c',
    `git -C ${repository} archive HEAD | tar x -C ${out}`,
  ]);
  return { server: cost.user + cost.system, client: 0, wall: cost.wall, peak: cost.memory };
});
print('all files, on a disk', 'git archive | tar', unpacked);

const [ours = [], theirs = []] = servedIn.get('all files') ?? [];
const [, warmListing = 0] = servedIn.get('ls -lR')?.[0] ?? [];
const microseconds = (median(found.map((one) => one.server)) / ENTRIES) * 1e6;
process.stdout.write('\n');
printTarget('all files, cold', '≤ 2 of squashfuse_ll', (ours[0] ?? 0) / (theirs[0] ?? 0), 2);
printTarget('all files, warm', '≤ 0.1 s: the page cache', ours[1] ?? 0, 0.1);
printTarget('ls -lR, warm', '≤ 0.1 s', warmListing, 0.1);
printTarget(`find, ${ENTRIES} files`, '≤ 10 µs an entry', microseconds, 10);
printTarget('most memory', '≤ 100 MiB', peak / 2 ** 20, 100);
