import { constants, deflateSync, inflateSync } from 'node:zlib';
import { type ByteSource, FormatError, type Inflater } from '#format';
import { mutate } from '../mutate.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const STRATEGIES = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FILTERED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
];

function randomContent(random: Random): Buffer {
  const length = random.oneIn(8) ? random.below(300_000) : random.below(3000);
  const word = random.bytes(1 + random.below(40));
  const content = Buffer.alloc(length, word);
  for (let left = random.below(length); left > 0; left -= 20) content[random.below(length)] = left;
  return content;
}

/** A source that gives what it has in pieces of random length. */
function choppySource(bytes: Buffer, piece: number): ByteSource {
  return {
    size: bytes.length,
    window: (offset) => bytes.subarray(offset, (Math.floor(offset / piece) + 1) * piece),
  };
}

/** What zlib itself says, and how much of the input it used. */
function oracle(bytes: Buffer, size: number): { content: Buffer; used: number } | undefined {
  try {
    const maxOutputLength = size + 1;
    const result = inflateSync(bytes, { info: true, maxOutputLength } as object);
    const { buffer, engine } = result as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return buffer.length === size ? { content: buffer, used: engine.bytesWritten } : undefined;
  } catch {
    return undefined;
  }
}

/** Our inflaters against zlib: they must take the same streams, and give the same. */
export function inflateTarget(name: string, create: () => Inflater): FuzzTarget {
  const inflater = create();
  return {
    name,
    weight: 4,
    run(random) {
      const content = randomContent(random);
      const sound = deflateSync(content, {
        level: random.below(10),
        strategy: random.pick(STRATEGIES),
        memLevel: 1 + random.below(9),
        windowBits: 9 + random.below(7),
      });
      const stream = random.oneIn(4) ? sound : mutate(sound, random);
      const behind = random.oneIn(2) ? random.bytes(random.below(30)) : Buffer.alloc(0);
      const bytes = Buffer.concat([stream, behind]);
      const size = Math.max(0, content.length + (random.oneIn(8) ? random.below(5) - 2 : 0));
      const source = choppySource(bytes, 1 + random.below(random.oneIn(2) ? 20 : 100_000));
      const expected = oracle(bytes, size);

      const out = Buffer.alloc(size);
      const used = refused([FormatError], () => inflater.inflate(source, 0, out));
      insist((used === undefined) === (expected === undefined), 'zlib disagrees');
      insist(expected === undefined || out.equals(expected.content), 'other content than zlib');
      insist(expected === undefined || used === expected.used, `${used} bytes, ${expected?.used}`);

      const pieces: Buffer[] = [];
      const streamed = refused([FormatError], () =>
        inflater.inflateStream(source, 0, size, (piece) => {
          pieces.push(Buffer.from(piece));
          return undefined;
        }),
      );
      insist(streamed === used, 'the stream ends elsewhere');
      insist(
        used === undefined || Buffer.concat(pieces).equals(out),
        'the stream gives other bytes',
      );
    },
  };
}
