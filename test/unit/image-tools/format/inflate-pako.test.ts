import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { type ByteSource, checkInflatedSize, createPakoInflater, memorySource } from '#format';

const inflater = createPakoInflater();

/** Streams of every kind: stored, fixed, dynamic; shorter and longer than the window. */
const SAMPLES: Record<string, Buffer> = {
  empty: Buffer.alloc(0),
  'one byte': Buffer.from('x'),
  text: Buffer.from('All work and no play makes Jack a dull boy.\n'.repeat(3000)),
  random: randomBytes(200_000),
  zeros: Buffer.alloc(1_000_000),
};

/** `bytes` behind 5 others and before 7 others, in windows of `piece` bytes. */
function framed(bytes: Uint8Array, piece: number): ByteSource {
  const all = Buffer.concat([Buffer.alloc(5, 1), bytes, Buffer.alloc(7, 2)]);
  return { size: all.length, window: (offset) => all.subarray(offset, offset + piece) };
}

for (const [name, content] of Object.entries(SAMPLES)) {
  for (const level of [0, 1, 9]) {
    t.test(`${name}, level ${level}`, async (t) => {
      const compressed = deflateSync(content, { level });
      for (const piece of content.length > 1000 ? [4096, 1e9] : [1, 1e9]) {
        const source = framed(compressed, piece);
        const out = new Uint8Array(content.length);
        t.equal(inflater.inflate(source, 5, out), compressed.length);
        t.ok(content.equals(out));
        const pieces: Buffer[] = [];
        const length = inflater.inflateStream(source, 5, content.length, (bytes) => {
          pieces.push(Buffer.from(bytes));
          return undefined;
        });
        t.equal(length, compressed.length);
        t.ok(Buffer.concat(pieces).equals(content));
      }
    });
  }
}

t.test('a size that lies, either way', async (t) => {
  const compressed = deflateSync(SAMPLES.text as Buffer);
  const source = framed(compressed, 4096);
  const size = (SAMPLES.text as Buffer).length;
  for (const wrong of [0, 1, size - 1, size + 1, size + 100_000]) {
    t.throws(() => inflater.inflate(source, 5, new Uint8Array(wrong)), { code: 'BAD_ZLIB' });
    t.throws(() => inflater.inflateStream(source, 5, wrong, () => undefined), { code: 'BAD_ZLIB' });
  }
});

t.test('cut, flipped and foreign streams', async (t) => {
  const content = SAMPLES.text as Buffer;
  const compressed = deflateSync(content);
  for (let length = 0; length < compressed.length; length += 13) {
    const source = memorySource(compressed.subarray(0, length));
    t.throws(() => inflater.inflate(source, 0, new Uint8Array(content.length)), {
      code: 'TRUNCATED',
    });
  }
  const inflateFlipped = (at: number) => {
    const flipped = Buffer.from(compressed);
    flipped[at] = (flipped[at] as number) ^ 1;
    inflater.inflate(memorySource(flipped), 0, new Uint8Array(content.length));
  };
  for (const at of [0, 1, compressed.length - 1]) {
    t.throws(() => inflateFlipped(at), { code: 'BAD_ZLIB' }, `byte ${at}`);
  }
  t.throws(() => inflater.inflate(memorySource(Buffer.alloc(50)), 0, new Uint8Array(3)), {
    code: 'BAD_ZLIB',
  });
});

t.test('any bytes give FormatError or an answer', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(100), (bytes, size) => {
      try {
        inflater.inflate(
          memorySource(Uint8Array.of(0x78, 0x9c, ...bytes)),
          0,
          new Uint8Array(size),
        );
      } catch (error) {
        return (error as Error).name === 'FormatError';
      }
      return true;
    }),
  );
});

t.test('a sink can stop the stream', async (t) => {
  const source = memorySource(deflateSync(SAMPLES.zeros as Buffer));
  let seen = 0;
  const length = inflater.inflateStream(source, 0, 1_000_000, (piece) => {
    seen += piece.length;
    return seen < 100_000;
  });
  t.equal(length, undefined);
  t.ok(seen >= 100_000 && seen < 300_000, `${seen} bytes`);
});

t.test('impossible sizes are refused before they cost', async (t) => {
  t.throws(() => checkInflatedSize(2 ** 40, 1000), { code: 'BAD_ZLIB' });
  checkInflatedSize(1_000_000, deflateSync(Buffer.alloc(1_000_000), { level: 9 }).length);
});
