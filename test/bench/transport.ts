// A block read through the tender, beside plain messages over a socket pair between two Node
// processes, and beside fs.readSync on an inherited descriptor, which is the floor. All in one run:
// the ratios are worth more than the figures. About 20 seconds.
// usage: node --conditions=docteur:source test/bench/transport.ts
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { buildGuest, TENDER } from '../fixtures/tender.ts';

const ROUNDS = 3;
const CELL_MS = 150;
const SIZES = [512, 65_536, 1_048_576];
const IMAGE_BYTES = 64 << 20;

const folder = mkdtempSync(join(tmpdir(), 'docteur-bench-'));
const image = join(folder, 'disk.img');
writeFileSync(image, Buffer.alloc(IMAGE_BYTES, 'docteur'));

/** In the other process: reads SIZE bytes at a time, as DOING says, and prints ns per read. */
const PEER = `
  const fs = require('node:fs');
  const [doing, ...sizes] = process.argv.slice(1);
  const request = new BigUint64Array(2);
  function read(size, offset, into) {
    if (doing === 'file') return fs.readSync(3, into, 0, size, offset);
    request[0] = BigInt(offset);
    request[1] = BigInt(size);
    fs.writeSync(3, new Uint8Array(request.buffer));
    for (let got = 0; got < size; ) got += fs.readSync(3, into, got, size - got, null);
  }
  function measure(size) {
    const into = new Uint8Array(size);
    let reads = 0, offset = 0, now, start = process.hrtime.bigint();
    do {
      if (offset + size > ${IMAGE_BYTES}) offset = 0;
      read(size, offset, into);
      offset += size;
      reads += 1;
      now = process.hrtime.bigint();
    } while (now - start < ${CELL_MS}000000n);
    return Number(now - start) / reads;
  }
  const all = sizes.map(Number).map((size) => (measure(size), measure(size)));
  fs.writeSync(1, JSON.stringify(all));`;

type Row = number[];

function fromFile(): Row {
  const fd = openSync(image, 'r');
  const args = ['-e', PEER, 'file', ...SIZES.map(String)];
  const stdio = ['ignore', 'pipe', 'inherit', fd] as const;
  const out = execFileSync(process.execPath, args, { stdio: [...stdio] });
  closeSync(fd);
  return JSON.parse(out.toString()) as Row;
}

/** This process answers on its event loop, as plainly as can be. */
function overMessages(): Promise<Row> {
  const fd = openSync(image, 'r');
  const args = ['-e', PEER, 'socket', ...SIZES.map(String)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  const channel = child.stdio[3] as Duplex;
  channel.on('data', (chunk: Buffer) => {
    const answer = Buffer.allocUnsafe(Number(chunk.readBigUInt64LE(8)));
    readSync(fd, answer, 0, answer.length, Number(chunk.readBigUInt64LE(0)));
    channel.write(answer);
  });
  return new Promise((resolve) => {
    let out = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.on('close', () => {
      closeSync(fd);
      resolve(JSON.parse(out) as Row);
    });
  });
}

function throughTender(guest: string, sandbox: string, batch: number): Row {
  const cells = SIZES.map((size) => `${size}:${Math.min(batch, (8 << 20) / size)}`);
  const args = [
    `--sandbox=${sandbox}`,
    `--block:disk=${image}`,
    guest,
    '--solo5:error',
    String(CELL_MS),
    ...cells,
  ];
  return JSON.parse(execFileSync(process.execPath, [TENDER, ...args]).toString()) as Row;
}

const guest = await buildGuest('transfer-rate', folder);
const WAYS: [name: string, measure: () => Row | Promise<Row>][] = [
  ['fs.readSync (floor)', fromFile],
  ['plain messages', overMessages],
  ['tender, messages', () => throughTender(guest, 'portable', 1)],
  ['tender, shared memory', () => throughTender(guest, 'strict', 1)],
  ['the same, 32 a doorbell', () => throughTender(guest, 'strict', 32)],
];

const best = new Map<string, Row>();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, measure] of WAYS) {
    const row = await measure();
    const before = best.get(name) ?? row;
    best.set(
      name,
      row.map((ns, index) => Math.min(ns, before[index] ?? ns)),
    );
  }
}
rmSync(folder, { recursive: true });

function rate(size: number, ns: number): string {
  return `${(size / ns).toFixed(2)} GB/s`;
}

const write = (line: string) => process.stdout.write(`${line}\n`);
write(`block reads of a cached image, Node ${process.version}, best of ${ROUNDS} rounds`);
for (const [name, row] of best) {
  const floor = best.get('fs.readSync (floor)') ?? [];
  const cells = row.map((ns, index) => {
    const size = SIZES[index] ?? 0;
    const ratio = `${(ns / (floor[index] ?? ns)).toFixed(1)}x`;
    return `${(ns / 1000).toFixed(1)} us ${rate(size, ns)} ${ratio}`.padStart(28);
  });
  write(name.padEnd(24) + cells.join(''));
}
const [plain = 1] = best.get('plain messages') ?? [];
const [trip = 0, medium = 1, large = 1] = best.get('tender, shared memory') ?? [];
write(`512 B round trip of plain messages: ${(trip / plain).toFixed(3)} (target 0.25)`);
write(`64 KiB: ${rate(65_536, medium)} (target 2), 1 MiB: ${rate(1_048_576, large)} (target 5)`);
