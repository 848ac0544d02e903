// Measures one reader on one image, in a process of its own; prints JSON.
// usage: node --expose-gc --conditions=docteur:source index-reader.ts IMAGE READER PATH_COUNT
import { fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '#format';
import { type FileSystem, mount, type Reader } from '../../guest/reader/index.ts';
import { LISTED_FOLDER, pathOf } from './index-paths.ts';
import { median } from './median.ts';

/** What one reader costs; times in milliseconds, sizes in bytes. */
export interface Measures {
  readonly boot: number;
  readonly bootReads: number;
  readonly firstByte: number;
  readonly cold: number;
  readonly coldReads: number;
  readonly coldReadSize: number;
  readonly warm: number;
  readonly random: number;
  readonly list: number;
  readonly listWarm: number;
  readonly memory: number;
}

const [file, reader, count] = process.argv.slice(2) as [string, Reader, string];
const paths = Number(count);
/** A whole boot of an eager reader takes seconds where there are many paths. */
const MOUNTS = reader !== 'eager' || paths < 10_000 ? 60 : paths < 1e6 ? 3 : 1;

/** A file read with one call of the system for each window, as a device without a cache is. */
class CountingSource implements ByteSource {
  readonly size: number;
  reads = 0;
  largest = 0;
  readonly #fd: number;
  #buffer = new Uint8Array(0x10000);

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    this.size = fstatSync(this.#fd).size;
  }

  window(offset: number, want: number): Uint8Array {
    this.reads += 1;
    this.largest = Math.max(this.largest, want);
    if (want > this.#buffer.length) this.#buffer = new Uint8Array(want);
    const length = Math.min(want, this.size - offset);
    return this.#buffer.subarray(0, readSync(this.#fd, this.#buffer, 0, length, offset));
  }

  reset(): void {
    this.reads = 0;
    this.largest = 0;
  }
}

let seed = 1;
function randomPath(): string {
  seed = (seed * 48271) % 2147483647;
  return pathOf(seed % paths);
}

function time(call: () => unknown): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}

function repeat(times: number, call: () => number): number {
  return median(Array.from({ length: times }, call));
}

const source = new CountingSource(file);
const mounted = () => mount(source, { reader });

function heldBytes(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** After everything has been compiled; before any file system is kept. */
function memoryOf(): number {
  const exercise = (fs: FileSystem) => {
    for (let i = 0; i < 3000; i++) fs.exists(randomPath());
  };
  exercise(mounted());
  const before = heldBytes();
  const fs = mounted();
  exercise(fs);
  const held = heldBytes() - before;
  fs.exists('/');
  return held;
}

function lookUps(fs: FileSystem, names: readonly string[]): number {
  const passes = Math.max(1, Math.floor(20_000 / names.length));
  const spent = time(() => {
    for (let pass = 0; pass < passes; pass++) for (const name of names) fs.exists(name);
  });
  return spent / passes / names.length;
}

const memory = memoryOf();
const boot = repeat(MOUNTS, () => time(mounted));
source.reset();
mounted();
const bootReads = source.reads;
const firstByte = repeat(MOUNTS, () => {
  const path = randomPath();
  return time(() => mounted().get(path));
});
const coldReads: number[] = [];
let coldReadSize = 0;
const cold = repeat(MOUNTS, () => {
  const fs = mounted();
  const path = randomPath();
  source.reset();
  const spent = time(() => fs.exists(path));
  coldReads.push(source.reads);
  coldReadSize = Math.max(coldReadSize, source.largest);
  return spent;
});
const listOnce = () => {
  const fs = mounted();
  return time(() => fs.list(LISTED_FOLDER));
};
// What look-ups share with listing is compiled by now; the rest is to be too.
repeat(4 * MOUNTS, listOnce);
// The best of three: other processes disturb what takes so little.
const list = Math.min(...Array.from({ length: 3 }, () => repeat(MOUNTS, listOnce)));
const fs = mounted();
const listWarm = repeat(100, () => time(() => fs.list(LISTED_FOLDER)));
const few = Array.from({ length: 100 }, randomPath);
const many = Array.from({ length: 5000 }, randomPath);
lookUps(fs, few);
const warm = repeat(5, () => lookUps(fs, few));
const random = repeat(3, () => lookUps(fs, many));
const measures: Measures = {
  boot,
  bootReads,
  firstByte,
  cold,
  coldReads: Math.max(...coldReads),
  coldReadSize,
  warm,
  random,
  list,
  listWarm,
  memory,
};
process.stdout.write(JSON.stringify(measures));
