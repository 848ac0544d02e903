import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeSuperblock, oidToHex } from '#format';
import { FIVE_FILE_DATE, runTool } from '../fixtures/tools.ts';
import type { Random } from '../fuzz/random.ts';

/** An image, and what it was made of. */
export interface SoakImage {
  readonly folder: string;
  readonly path: string;
  /** The bytes of the image: the same whenever it is made again. */
  readonly bytes: Buffer;
  /** In hexadecimal. */
  readonly commit: string;
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Content between empty and some MiB, of text or noise; some of it resembles what went before. */
function randomContent(random: Random, before: Buffer | undefined): Buffer {
  if (before !== undefined && random.below(4) === 0) {
    return Buffer.concat([before, Buffer.from(`changed ${random.below(1e6)}\n`)]);
  }
  const size = random.below(20) === 0 ? random.below(3e6) : random.below(20_000);
  const isNoise = random.below(3) === 0;
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++)
    bytes[i] = isNoise ? random.below(256) : 97 + (((i * i) >>> 5) % 17);
  return bytes;
}

/** The arguments that make the image at `path` of `folder`. */
export function makeArguments(folder: string, path: string): string[] {
  return ['-q', '-d', FIVE_FILE_DATE, folder, path];
}

/** Makes an image of a few hundred random files. */
export async function makeSoakImage(
  scratch: string,
  name: string,
  random: Random,
): Promise<SoakImage> {
  const folder = join(scratch, 'sources', name);
  const path = join(scratch, 'images', `${name}.img`);
  mkdirSync(folder, { recursive: true });
  mkdirSync(dirname(path), { recursive: true });
  const files = new Map<string, Buffer>();
  let last: Buffer | undefined;
  for (let i = 0; i < 50 + random.below(250); i++) {
    const file = `${'d/'.repeat(random.below(5))}${random.below(5)}/file-${i}`;
    last = randomContent(random, last);
    files.set(file, last);
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), last);
  }
  const { status, stderr } = await runTool('docteur.make', makeArguments(folder, path));
  if (status !== 0) throw new Error(stderr);
  const bytes = readFileSync(path);
  return { folder, path, bytes, commit: oidToHex(decodeSuperblock(bytes).commit), files };
}
