import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { BuildError } from './errors.ts';
import { reading, sizeOfInput } from './input-file.ts';

/** A larger image would not fit into a script that Node can load. */
const MAX_EMBEDDED = 256 * 2 ** 20;
/** A multiple of 3, so that pieces of base64 can be put together. */
const PIECE = 3 * 2 ** 18;

const HEAD = '\n/*docteur-image\n';
const TAIL = '*/\n';

/** Where an image will stand in a program's file. */
export interface Embedded {
  /** Characters from the image's first one to the end of the file. */
  readonly fromEnd: number;
  /** Bytes of the image. */
  readonly size: number;
}

/** Plans the places of images at the end of a program's file, in their order. @throws BuildError */
export function planEmbedding(paths: readonly string[]): Embedded[] {
  const sizes = paths.map((path) => sizeOfInput(path, path, ', and --embed needs it'));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > MAX_EMBEDDED) {
    const limit = `${MAX_EMBEDDED / 2 ** 20} MiB`;
    throw new BuildError(`--embed: ${total} bytes of images; a program holds up to ${limit}`, 65);
  }
  let fromEnd = 0;
  return sizes
    .toReversed()
    .map((size) => {
      fromEnd += base64Length(size) + TAIL.length;
      const place = { fromEnd, size };
      fromEnd += HEAD.length;
      return place;
    })
    .toReversed();
}

/**
 * Appends images as comments: base64 is text that Node passes over quickly, and any part of it can be
 * decoded by itself.
 */
export async function embed(
  program: string,
  paths: readonly string[],
  places: readonly Embedded[],
): Promise<void> {
  const pieces = paths.map((path, index) => encode(path, (places[index] as Embedded).size));
  // Open before anything can fail: a stream that opens it could still make the file once it is removed.
  const file = await open(program, 'a');
  await pipeline(concat(pieces), file.createWriteStream());
}

function* concat(parts: readonly Iterable<string>[]): Generator<string> {
  for (const part of parts) yield* part;
}

function* encode(path: string, size: number): Generator<string> {
  const fd = reading(path, () => openSync(path, 'r'));
  try {
    yield HEAD;
    const buffer = Buffer.allocUnsafe(PIECE);
    for (let at = 0; at < size; ) {
      const wanted = Math.min(PIECE, size - at);
      let count = 0;
      while (count < wanted) {
        const from = at + count;
        const read = reading(path, () => readSync(fd, buffer, count, wanted - count, from));
        if (read === 0) throw new BuildError(`${path}: changed while it was read`, 74);
        count += read;
      }
      yield buffer.toString('base64', 0, count);
      at += count;
    }
    yield TAIL;
  } finally {
    closeSync(fd);
  }
}

function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}
