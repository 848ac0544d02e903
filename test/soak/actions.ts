import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FormatError, parseOid } from '#format';
import { openImageFile, READERS, type Reader } from '../../guest/host/index.ts';
import { childrenOf } from '../fixtures/processes.ts';
import { startTender } from '../fixtures/tender.ts';
import { runTool, startTool } from '../fixtures/tools.ts';
import type { Random } from '../fuzz/random.ts';
import { makeArguments, type SoakImage } from './soak-image.ts';

const simple = join(import.meta.dirname, '../../dist/guests/simple.js');

/** What an action did: bytes that were compared with the source. Faults of ours are thrown. */
export type Action = (image: SoakImage, random: Random) => Promise<number>;

function pickFile({ files }: SoakImage, random: Random): [path: string, content: Buffer] {
  return random.pick([...files]);
}

/** A reader and, often, checks; the path index cannot be checked. */
function readerOptions({ commit }: SoakImage, random: Random): string[] {
  const reader = random.pick(READERS);
  const checks = reader === 'indexed' ? [] : random.pick([[], ['--check'], [`--commit=${commit}`]]);
  return [`--reader=${reader}`, ...checks];
}

function guest(path: string, file: string, options: readonly string[]) {
  const sandbox = `--sandbox=${file.length % 3 === 0 ? 'portable' : 'strict'}`;
  const args = [sandbox, `--block:docteur=${path}`, '--', simple, `--filename=${file}`, ...options];
  return startTender(args, {}, 120_000);
}

/** A guest prints a file. */
const readInGuest: Action = async (image, random) => {
  const [file, content] = pickFile(image, random);
  const { status, stdout, stderr } = await guest(image.path, file, readerOptions(image, random))
    .outcome;
  if (status !== 0 || !stdout.equals(content)) throw new Error(`guest: ${status}, ${stderr}`);
  return content.length;
};

/** A program reads files whole and in part, with every reader. */
const readInProcess: Action = async (image, random) => {
  const reader: Reader = random.pick(READERS);
  const check = reader !== 'indexed' && random.below(2) === 0;
  const opened = openImageFile(image.path, {
    reader,
    check,
    cacheBytes: random.below(2) * 2 ** 22,
  });
  let bytes = 0;
  try {
    for (let i = 0; i < 50; i++) {
      const [file, content] = pickFile(image, random);
      const from = random.below(content.length + 1);
      const length = random.below(content.length + 10);
      const part = opened.fs.getPartial(file, from, length);
      if (Buffer.compare(part, content.subarray(from, from + length)) !== 0) {
        throw new Error(`${reader}: wrong part of ${file}`);
      }
      if (!content.equals(opened.fs.get(file))) throw new Error(`${reader}: wrong ${file}`);
      if (opened.fs.size(file) !== content.length) throw new Error(`${reader}: size of ${file}`);
      bytes += part.length + content.length;
    }
  } finally {
    opened.close();
  }
  return bytes;
};

/** Tender or guest is killed at any moment; what was printed by then is right. */
const killGuest: Action = async (image, random) => {
  const [file, content] = pickFile(image, random);
  const tender = guest(image.path, file, readerOptions(image, random));
  await setTimeout(random.below(300));
  const victim = random.below(3) === 0 ? guestOf(tender.pid) : undefined;
  if (victim === undefined) tender.kill(random.pick(['SIGKILL', 'SIGTERM', 'SIGINT']));
  else killIfThere(victim);
  const { stdout } = await tender.outcome;
  if (!content.subarray(0, stdout.length).equals(stdout)) throw new Error('wrong data of a killed');
  return stdout.length;
};

function guestOf(pid: number): number | undefined {
  try {
    return childrenOf(pid)[0];
  } catch {
    return undefined;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** A few bytes of a copy are wrong, or its end is missing; the commit is known. */
function damage({ bytes }: SoakImage, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let i = 0; i <= random.below(3); i++) copy[random.below(copy.length)] = random.below(256);
  return random.below(4) === 0
    ? copy.subarray(0, 512 * (1 + random.below((copy.length >> 9) - 1)))
    : copy;
}

/** A damaged image, read by a program that knows the commit: right, or an error. */
const readDamaged: Action = async (image, random) => {
  const path = join(image.folder, '../../damaged', `${random.below(1e9)}.img`);
  writeFileSync(path, damage(image, random));
  let bytes = 0;
  const commit = parseOid(image.commit) as Uint8Array;
  for (let i = 0; i < 10; i++) {
    const [file, content] = pickFile(image, random);
    try {
      using opened = openImageFile(path, { commit, reader: random.pick(['lazy', 'eager']) });
      if (!content.equals(opened.fs.get(file))) throw new Error(`wrong data of a damaged image`);
      bytes += content.length;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  if (random.below(2) === 0) {
    const [file, content] = pickFile(image, random);
    const { status, stdout } = await guest(path, file, [`--commit=${image.commit}`]).outcome;
    if (status === 0 ? !stdout.equals(content) : status !== 5 && status !== 1) {
      throw new Error(`guest of a damaged image: ${status}`);
    }
  }
  rmSync(path);
  return bytes;
};

/** The image is made again, and the tool killed on the way: the image stays whole. */
const makeAgain: Action = async (image, random) => {
  const { child, outcome } = startTool('docteur.make', makeArguments(image.folder, image.path));
  if (random.below(2) === 0) {
    await setTimeout(random.below(1500));
    child.kill(random.pick(['SIGKILL', 'SIGTERM']));
  }
  await outcome;
  if (!readFileSync(image.path).equals(image.bytes)) throw new Error('make: another image');
  return image.bytes.length;
};

const verify: Action = async (image) => {
  const { status, stderr } = await runTool('docteur.verify', ['-q', image.path]);
  if (status !== 0) throw new Error(stderr);
  return image.bytes.length;
};

/** All actions by name; those named more often are done more often. */
export const ACTIONS: readonly (readonly [name: string, action: Action])[] = [
  ['a guest reads', readInGuest],
  ['a guest reads', readInGuest],
  ['a program reads', readInProcess],
  ['a program reads', readInProcess],
  ['a kill', killGuest],
  ['a damaged image', readDamaged],
  ['make', makeAgain],
  ['verify', verify],
];
