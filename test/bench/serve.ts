// The servers of `docteur serve` beside their peers, in turns in one run. NBD: fio's client over a unix socket,
// beside nbdkit's file plugin and qemu-nbd. vhost-user: one virtual machine with two disks, beside
// qemu-storage-daemon. Processor time is the server's own; ratios are worth more than figures. About 2 minutes.
// usage: node --conditions=docteur:source test/bench/serve.ts [--nbd] [--machine]
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { becomes } from '../fixtures/processes.ts';
import { has, makeImage, startServer } from '../fixtures/serve.ts';
import { bootMachine, vhostDisk, whyNoMachine } from '../fixtures/virtual-machine.ts';
import { median } from './median.ts';

const print = (text: string) => void process.stdout.write(`${text}\n`);

const ROUNDS = 3;
const SECONDS = 2;
const IMAGE_BYTES = 64 << 20;
const only = process.argv.slice(2);

/** Of the kernel's clock, in which it counts processor time. */
const TICK_NS = 1e7;

/** Nanoseconds of the processor that a process has used, on all its threads, those that ended too. */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_NS;
}

/** Resident memory that is its own, in MiB: what is shared is the machine's. */
function memory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  return (field('RssAnon') + field('RssFile')) / 1024;
}

interface Server {
  readonly name: string;
  readonly socket: string;
  readonly pid: number;
}

interface Figure {
  /** Requests a second. */
  readonly rate: number;
  /** Microseconds: a request's mean, and the server's processor time for it. */
  readonly latency: number;
  readonly processor: number;
}

const CELLS = [
  { name: '512 B, depth 1', args: ['--bs=512', '--iodepth=1', '--rw=randread'] },
  { name: '512 B, depth 16', args: ['--bs=512', '--iodepth=16', '--rw=randread'] },
  { name: '64 KiB, depth 16', args: ['--bs=64k', '--iodepth=16', '--rw=randread'] },
  { name: '1 MiB, depth 16', args: ['--bs=1m', '--iodepth=16', '--rw=read'] },
];

function measure({ socket, pid }: Server, args: readonly string[]): Figure {
  const before = processorTime(pid);
  const uri = `--uri=nbd+unix:///?socket=${socket}`;
  const common = [
    '--name=x',
    '--ioengine=nbd',
    '--size=60m',
    '--time_based',
    `--runtime=${SECONDS}`,
  ];
  const options = { stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'] };
  const text = execFileSync(
    'fio',
    [...common, uri, ...args, '--output-format=json'],
    options,
  ).toString();
  const [{ read }] = JSON.parse(text.slice(text.indexOf('{'))).jobs;
  const processor = (processorTime(pid) - before) / 1000 / read.total_ios;
  return { rate: read.iops, latency: read.lat_ns.mean / 1000, processor };
}

/** The best of several rounds in turns: others only ever take time away. */
function bestOf(figures: readonly Figure[]): Figure {
  const least = (field: 'latency' | 'processor') => Math.min(...figures.map((one) => one[field]));
  const rate = Math.max(...figures.map((one) => one.rate));
  return { rate, latency: least('latency'), processor: least('processor') };
}

function verdict(ratio: number, target: string, met: boolean): string {
  return `${ratio.toFixed(2)} (target ${target}${met ? '' : ', MISSED'})`;
}
const atMost = (ratio: number, most: number) =>
  verdict(ratio, `≤ ${most.toFixed(1)}`, ratio <= most);
const atLeast = (ratio: number, least: number) =>
  verdict(ratio, `≥ ${least.toFixed(1)}`, ratio >= least);

async function benchNbd(folder: string, image: string): Promise<void> {
  const path = (name: string) => join(folder, `${name}.sock`);
  const children: ChildProcess[] = [];
  function start(name: string, program: string, args: readonly string[]): Server {
    const child = spawn(program, args, { stdio: 'ignore' });
    children.push(child);
    return { name, socket: path(name), pid: child.pid as number };
  }
  const own = await startServer([image, `--nbd=unix:${path('docteur')}`]);
  // Not the command's: clients have a process of their own.
  const serving = (await own.hears(({ uri }) => uri !== undefined)).pid as number;
  const servers: Server[] = [
    { name: 'docteur', socket: path('docteur'), pid: serving },
    start('nbdkit', 'nbdkit', ['-f', '-r', '-U', path('nbdkit'), 'file', image]),
    start('qemu-nbd', 'qemu-nbd', [
      '-r',
      '-t',
      '-e',
      '8',
      '-f',
      'raw',
      '-k',
      path('qemu-nbd'),
      image,
    ]),
  ];
  await becomes(() => servers.every(({ socket }) => existsSync(socket)));
  print(
    '| NBD | server | requests/s | mean, µs | processor, µs a request |\n|---|---|---|---|---|',
  );
  const best = new Map<string, Figure>();
  for (const { name, args } of CELLS) {
    const figures = servers.map((): Figure[] => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, server] of servers.entries()) figures[index]?.push(measure(server, args));
    }
    for (const [index, server] of servers.entries()) {
      const figure = bestOf(figures[index] ?? []);
      best.set(`${name} ${server.name}`, figure);
      const { rate, latency, processor } = figure;
      const cells = [rate.toFixed(0), latency.toFixed(1), processor.toFixed(1)];
      print(`| ${name} | ${server.name} | ${cells.join(' | ')} |`);
    }
  }
  const ratio = (cell: number, peer: string, field: keyof Figure) => {
    const { name } = CELLS[cell] as { name: string };
    const of = (server: string) => best.get(`${name} ${server}`)?.[field] ?? Number.NaN;
    return of('docteur') / of(peer);
  };
  const mebibytes = memory(serving);
  print(`
512 B, depth 1, latency beside nbdkit: ${atMost(ratio(0, 'nbdkit', 'latency'), 1.3)}
512 B, depth 1, processor time beside nbdkit: ${atMost(ratio(0, 'nbdkit', 'processor'), 1)}
512 B, depth 16, rate beside nbdkit: ${atLeast(ratio(1, 'nbdkit', 'rate'), 1)}
1 MiB, depth 16, rate beside qemu-nbd: ${atLeast(ratio(3, 'qemu-nbd', 'rate'), 0.8)}
memory: ${mebibytes.toFixed(0)} MiB (target ≤ 80${mebibytes <= 80 ? '' : ', MISSED'})
`);
  for (const child of children) child.kill();
  await own.stop();
}

/** What the machine's kernel reads ahead decides the size of its requests. */
const MACHINE_CELLS = [
  { bytes: 4096, count: 6000, ahead: 0 },
  { bytes: 65_536, count: 900, ahead: 64 },
  { bytes: 1_048_576, count: 60, ahead: 1024 },
];

/** One virtual machine reads both disks in turns; its console tells when, its own clock how long. */
async function benchMachine(folder: string, image: string): Promise<void> {
  const missing = whyNoMachine();
  if (missing !== undefined) {
    print(`no virtual machine: ${missing}`);
    return;
  }
  const [ours, theirs] = [join(folder, 'ours.sock'), join(folder, 'theirs.sock')];
  const own = await startServer([image, `--vhost-user=${ours}`]);
  const daemon = spawn(
    'qemu-storage-daemon',
    [
      ...['--blockdev', `driver=file,node-name=file,filename=${image},read-only=on`],
      ...['--export', `type=vhost-user-blk,id=x,node-name=file,addr.type=unix,addr.path=${theirs}`],
    ],
    { stdio: 'ignore' },
  );
  await becomes(() => existsSync(theirs));
  const { pid } = await own.hears(({ device }) => device === 'vhost-user');
  const disks = [
    { name: 'docteur', device: 'vda', pid: pid as number },
    { name: 'qemu-storage-daemon', device: 'vdb', pid: daemon.pid as number },
  ];
  const lines = MACHINE_CELLS.flatMap(({ bytes, count, ahead }) =>
    Array.from({ length: ROUNDS + 1 }, () =>
      disks.map(({ device }) => `cell ${device} ${bytes} ${count} ${ahead}`),
    ).flat(),
  );
  const script = `
now() { cut -d' ' -f1 /proc/uptime; }
cell() {
  echo $4 > /sys/block/$1/queue/read_ahead_kb; echo 3 > /proc/sys/vm/drop_caches
  echo "BEGIN $1 $2"; sleep 0.2; s=$(now)
  dd if=/dev/$1 of=/dev/null bs=$2 count=$3 2>/dev/null
  e=$(now); echo "DONE $1 $2 $3 $s $e"; sleep 0.1
}
${lines.join('\n')}`;
  const second = vhostDisk(theirs).map((arg) =>
    arg.replace('id=disk', 'id=two').replace('=disk', '=two'),
  );
  const machine = bootMachine(folder, script, [...vhostDisk(ours), ...second]);
  const figures = new Map<string, { rate: number; processor: number }[]>();
  let seen = 0;
  let before = 0;
  const look = () => {
    const said = machine.console().slice(seen);
    for (const match of said.matchAll(
      /BEGIN (vd.) \d+\r?\n|DONE (vd.) (\d+) (\d+) (\S+) (\S+)\r?\n/g,
    )) {
      const [all, begins, done, bytes, count, from, to] = match;
      const disk = disks.find(({ device }) => device === (begins ?? done));
      if (disk === undefined) continue;
      if (begins !== undefined) before = processorTime(disk.pid);
      else {
        const processor = (processorTime(disk.pid) - before) / 1000 / Number(count);
        const key = `${bytes} ${disk.name}`;
        const rate = Number(count) / (Number(to) - Number(from));
        figures.set(key, [...(figures.get(key) ?? []), { rate, processor }]);
      }
      consumed = seen + said.indexOf(all) + all.length;
    }
    seen = consumed;
  };
  let consumed = 0;
  machine.child.stdout?.on('data', look);
  await machine.ended;
  print('| in a machine | server | requests/s | processor, µs a request |\n|---|---|---|---|');
  const targets: string[] = [];
  for (const { bytes } of MACHINE_CELLS) {
    const of = (name: string) => {
      // The first round finds everything cold.
      const rounds = (figures.get(`${bytes} ${name}`) ?? []).slice(1);
      return {
        rate: Math.max(...rounds.map(({ rate }) => rate)),
        processor: median(rounds.map(({ processor }) => processor)),
      };
    };
    const [mine, peer] = [of('docteur'), of('qemu-storage-daemon')];
    for (const [name, { rate, processor }] of [
      ['docteur', mine],
      ['qemu-storage-daemon', peer],
    ] as const) {
      print(`| ${bytes} B | ${name} | ${rate.toFixed(0)} | ${processor.toFixed(1)} |`);
    }
    targets.push(`${bytes} B: rate ${atLeast(mine.rate / peer.rate, 1)}`);
    targets.push(`${bytes} B: processor time ${atMost(mine.processor / peer.processor, 1)}`);
  }
  const device = memory(pid as number);
  print(`\n${targets.join('\n')}`);
  print(`memory of the device's process: ${device.toFixed(0)} MiB (target ≤ 80)`);
  daemon.kill();
  await own.stop();
}

const folder = mkdtempSync(join(tmpdir(), 'docteur-bench-'));
try {
  const image = await makeImage(folder, 'disk.img', IMAGE_BYTES);
  if (!only.includes('--machine')) {
    if (['fio', 'nbdkit', 'qemu-nbd'].every((program) => has(program)))
      await benchNbd(folder, image);
    else print('no fio, nbdkit or qemu-nbd here');
  }
  if (!only.includes('--nbd')) await benchMachine(folder, image);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
