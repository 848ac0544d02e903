// The readers beside git on the same content, in one run: ratios are what counts.
// usage: node --conditions=docteur:source test/bench/readers.ts FOLDER|REPOSITORY [ROUNDS] [--json]
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  createInflater,
  DEFAULT_LIMITS,
  decodeCommit,
  memorySource,
  OBJECT_COMMIT,
  openImage,
} from '#format';
import type { Reader } from '../../guest/reader/index.ts';
import { EagerLayout } from '../../guest/reader/layouts/eager-layout.ts';
import { walkTrees } from '../../guest/reader/layouts/eager-walk.ts';
import { ObjectReader } from '../../guest/reader/pack/index.ts';
import { bundleGuest } from '../../scripts/bundle-guest.ts';
import { git } from '../fixtures/git.ts';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { timeCatFile } from './git-batch.ts';
import { peakBelow } from './guest-memory.ts';
import type { Measured, Work } from './guests/measure.ts';

const root = join(import.meta.dirname, '../..');
const args = process.argv.slice(2).filter((arg) => arg !== '--json');
const content = resolve(args[0] ?? join(root, 'build/docs'));
const rounds = Number(args[1] ?? 3);
const scratch = mkdtempSync(join(tmpdir(), 'docteur-bench-readers-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** The repository to measure git on: the one given, or a new one of the folder's content. */
function repositoryOf(folder: string): string {
  if (existsSync(join(folder, '.git')) || existsSync(join(folder, 'HEAD'))) return folder;
  const repository = join(scratch, 'repository');
  git(scratch, 'init', '-q', '-b', 'main', repository);
  git(repository, `--work-tree=${folder}`, 'add', '-A', '.');
  git(repository, 'commit', '-q', '-m', 'benchmark');
  git(repository, 'repack', '-adfq', '--window=50');
  return repository;
}

const repository = repositoryOf(content);
const image = join(scratch, 'disk.img');
const bytes = imageOfRepository(repository, {
  packOptions: ['--delta-base-offset'],
  blockSize: 4096,
});
writeFileSync(image, bytes);
const guest = join(scratch, 'guest.js');
await bundleGuest(join(root, 'test/bench/guests/readers.ts'), guest);

function run(command: string, args: readonly string[]): Buffer {
  const { status, stdout, stderr } = spawnSync(command, args, {
    maxBuffer: 2 ** 30,
    // From the second run on the tender has the guest's code.
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: scratch },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

function inGuest(kind: Work['kind'], reader: Reader): Measured {
  const tender = [join(root, 'dist/bin/tender.js'), `--block:disk=${image}`, '--mem=1024'];
  return JSON.parse(run(process.execPath, [...tender, '--', guest, kind, reader]).toString());
}

function inProcess(kind: Work['kind'], reader: Reader): Measured & { maxRss: number } {
  const child = join(root, 'test/bench/readers-child.ts');
  const flags = ['--conditions=docteur:source', '--disable-warning=ExperimentalWarning'];
  return JSON.parse(run(process.execPath, [...flags, child, kind, reader, image]).toString());
}

/** A bare repository that holds what the image holds, and nothing else. */
function bareRepository(): string {
  const bare = join(scratch, 'bare.git');
  git(scratch, 'init', '-q', '--bare', bare);
  copyFileSync(pack, join(bare, 'objects/pack/pack-image.pack'));
  copyFileSync(packIdx, join(bare, 'objects/pack/pack-image.idx'));
  return bare;
}

/** Milliseconds for the same files, warm, in one process. */
function besideIsomorphicGit(): { ours: number; theirs: number } {
  const child = join(root, 'test/bench/isomorphic-child.ts');
  const flags = ['--conditions=docteur:source', '--disable-warning=ExperimentalWarning'];
  return JSON.parse(run(process.execPath, [...flags, child, image, bareRepository()]).toString());
}

function timeGit(...command: string[]): number {
  const start = performance.now();
  const { status } = spawnSync('git', command, { cwd: repository, stdio: 'ignore' });
  if (status !== 0) throw new Error(`git ${command.join(' ')}`);
  return performance.now() - start;
}

const best = (measure: () => number, times = rounds) =>
  Math.min(...Array.from({ length: times }, measure));
/** What takes milliseconds wants more rounds, and costs little. */
const BOOTS = 15;

const oids = git(repository, 'ls-tree', '-r', 'HEAD')
  .toString()
  .split('\n')
  .flatMap((line) => /^100\d+ blob (\w+)/.exec(line)?.[1] ?? []);
const sample = oids.filter((_, i) => (i * 7919) % oids.length < 1200);
const pack = join(scratch, 'copy.pack');
const packIdx = join(scratch, 'copy.idx');
const { pack: packSource } = openImage(memorySource(bytes), DEFAULT_LIMITS);
writeFileSync(pack, exactPack());

/** The PACK of the image without its padding. */
function exactPack(): Uint8Array {
  const whole = packSource.window(0, packSource.size);
  return whole.subarray(0, whole.findLastIndex((byte) => byte !== 0) + 1);
}

/** What an eager reader holds beside the names, in bytes a file, once all directories were visited. */
function layoutBytesEach(): number {
  const { pack, idx, commit } = openImage(memorySource(bytes), DEFAULT_LIMITS);
  const objects = new ObjectReader(pack, {
    inflater: createInflater(),
    limits: DEFAULT_LIMITS,
    cacheBytes: 2 ** 24,
    lookUp: (oid) => idx.lookUp(oid),
  });
  const content = objects.readContent(idx.lookUp(commit) ?? 0, OBJECT_COMMIT);
  const { tree } = decodeCommit(content);
  const layout = new EagerLayout(walkTrees(objects, idx, tree, DEFAULT_LIMITS), idx);
  let nameBytes = 0;
  const pending = [layout.root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    // Listed, so that its names are planted.
    for (const { nameBytes: name, kind } of layout.list(folder)) {
      nameBytes += name.length;
      if (kind === 'directory')
        pending.push(layout.child(folder, name, 0, name.length) ?? layout.root);
    }
  }
  return (layout.byteLength - nameBytes) / oids.length;
}

interface Row {
  readonly work: string;
  readonly ours: number;
  readonly peer: number;
  readonly target: number;
  readonly unit: string;
}

/** What single reads took, in milliseconds: of each the best of all rounds, which run the same reads. */
function bestOfEach(rounds: readonly (readonly number[])[]): number[] {
  const [first = []] = rounds;
  return first.map((_, i) => Math.min(...rounds.map((each) => each[i] as number)));
}

const QUANTILES = [
  ['median', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
] as const;

/** How single reads spread: the mean too, for few slow ones are what people wait for. */
function spread(each: readonly number[]): readonly (readonly [name: string, value: number])[] {
  const sorted = [...each].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * sorted.length)] ?? 0;
  const mean = each.reduce((sum, value) => sum + value, 0) / each.length;
  return [...QUANTILES.map(([name, share]) => [name, at(share)] as const), ['mean', mean]];
}

const gitRounds: number[][] = [];
for (let i = 0; i < rounds; i++) gitRounds.push(await timeCatFile(repository, sample));
const gitSpread = spread(bestOfEach(gitRounds));

function latencies(work: string, target: number, run: () => Measured): Row[] {
  const ours = spread(bestOfEach(Array.from({ length: rounds }, () => run().each)));
  return ours.map(([name, value], i) => ({
    work: `${work}, ${name}`,
    ours: value,
    peer: gitSpread[i]?.[1] ?? 0,
    target,
    unit: 'ms',
  }));
}

/** MiB of a guest with 64 that reads every file, beyond one that does nothing. */
async function guestMemory(reader: Reader): Promise<number> {
  const tender = [
    join(root, 'dist/bin/tender.js'),
    `--block:disk=${image}`,
    '--mem=64',
    '--',
    guest,
  ];
  const peak = (kind: Work['kind']) =>
    peakBelow(process.execPath, [...tender, kind, reader, 'wait']);
  // Once for the code that the tender keeps: an empty guest that compiles takes 6 MiB more.
  await peak('nothing');
  const empty = await peak('nothing');
  return (await peak('all-by-path')) - empty;
}

const bulk = best(() => timeGit('cat-file', '--batch', '--unordered', '--batch-all-objects'));
const lsTree = best(() => timeGit('ls-tree', '-r', '-t', 'HEAD'), BOOTS);
const indexPack = timeGit('index-pack', '--threads=1', '-o', packIdx, pack);
const isomorphic = besideIsomorphicGit();
const baseline = inProcess('nothing', 'lazy').maxRss;
const rows: Row[] = [
  ...latencies('one random file, tender and guest, lazy', 1, () => inGuest('random', 'lazy')),
  ...latencies('one random file, one process, lazy', 0.6, () => inProcess('random', 'lazy')),
  {
    work: 'every file once, PACK order, in the guest',
    ours: best(() => inGuest('every', 'lazy').total),
    peer: bulk,
    target: 0.7,
    unit: 'ms',
  },
  {
    work: 'boot, lazy, in the guest',
    ours: best(() => inGuest('boot', 'lazy').total, BOOTS),
    peer: 2,
    target: 1,
    unit: 'ms',
  },
  {
    work: 'boot, eager, in the guest',
    ours: best(() => inGuest('boot', 'eager').total, BOOTS),
    peer: lsTree,
    target: 1.2,
    unit: 'ms',
  },
  {
    work: 'boot, analyze, in the guest',
    ours: inGuest('boot', 'analyze').total,
    peer: indexPack,
    target: 2,
    unit: 'ms',
  },
  {
    work: 'eager layout beside the names, a file',
    ours: layoutBytesEach(),
    peer: 64,
    target: 1,
    unit: 'B',
  },
  {
    work: 'memory, lazy, every file read once',
    ours: (inProcess('all-by-path', 'lazy').maxRss - baseline) / 1024,
    peer: 64,
    target: 1,
    unit: 'MiB',
  },
  {
    work: 'memory of a guest with --mem=64, the same',
    ours: await guestMemory('lazy'),
    peer: 64,
    target: 1,
    unit: 'MiB',
  },
  {
    work: '200 files, warm, one process, beside isomorphic-git',
    ours: isomorphic.ours,
    peer: isomorphic.theirs,
    target: 1 / 20,
    unit: 'ms',
  },
];

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ node: process.version, files: oids.length, rows })}\n`);
} else {
  process.stdout.write(
    `${content}: ${oids.length} files, image of ${bytes.length} bytes, Node ${process.version}\n`,
  );
  for (const { work, ours, peer, target, unit } of rows) {
    const ratio = ours / peer;
    const verdict = ratio <= target ? 'met' : 'missed';
    process.stdout.write(
      `${work.padEnd(52)} ${ours.toFixed(3).padStart(10)} ${unit} of ${peer.toFixed(3)}: ${ratio.toFixed(3)}, target ${target}, ${verdict}\n`,
    );
  }
}
