import { constants, deflateSync, inflateSync } from 'node:zlib';
import type { Test } from 'tap';
import { type ByteSource, FormatError, type Inflater } from '#format';
import { Random } from '../fuzz/random.ts';

/** A source that gives at most `step` bytes at a time, whatever is wanted. */
export function steppingSource(bytes: Uint8Array, step: number): ByteSource {
  return {
    size: bytes.length,
    window: (offset) => bytes.subarray(offset, offset + step),
  };
}

const TRAILER = new Uint8Array(100).fill(0xa5);

/** Bytes that compress in different ways, from none to 300 KiB. */
function samples(): [string, Uint8Array][] {
  const random = new Random(1);
  const bytes = (n: number, next: (i: number) => number) =>
    Uint8Array.from({ length: n }, (_, i) => next(i));
  const words = Array.from({ length: 200 }, (_, i) => `${'abcdefgh'.slice(i % 7)}${i * i} `);
  let text = '';
  while (text.length < 300_000) text += random.pick(words);
  const far = bytes(33_000, () => random.below(256));
  return [
    ['nothing', new Uint8Array(0)],
    ['one byte', Uint8Array.of(7)],
    ['a line', new TextEncoder().encode('Hello World!\n')],
    ['a page', new TextEncoder().encode(text.slice(0, 5000))],
    ['a book', new TextEncoder().encode(text)],
    ['zeros', new Uint8Array(250_000)],
    ['short periods', bytes(20_000, (i) => i % (1 + (i >> 11)))],
    ['noise', bytes(150_000, () => random.below(256))],
    ['matches as far as they reach', Buffer.concat([far.subarray(0, 32_768), far])],
    ['few values, long codes', bytes(60_000, () => 2 ** ((random.below(1000) / 1000) ** 6 * 8))],
  ];
}

const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
const SETTINGS = [
  ...[0, 1, 6, 9].map((level) => ({ level, strategy: Z_DEFAULT_STRATEGY })),
  ...[Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE].map((strategy) => ({ level: 6, strategy })),
  { level: 6, windowBits: 9, memLevel: 1 },
];

function refusal(run: () => unknown): FormatError {
  try {
    run();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error('the stream was accepted');
}

/** What every inflater does, node:zlib being the judge. */
export function inflaterContract(t: Test, create: () => Inflater): void {
  const inflater = create();

  t.test('inflates what zlib deflates, however the input comes', async (t) => {
    for (const [name, content] of samples()) {
      for (const settings of SETTINGS) {
        const stream = deflateSync(content, settings);
        const bytes = Buffer.concat([TRAILER, stream, TRAILER]);
        const steps = content.length < 10_000 ? [1, 2, 7, 1 << 20] : [1, 997, 1 << 20];
        for (const step of steps) {
          const out = new Uint8Array(content.length);
          const source = steppingSource(bytes, step);
          const length = inflater.inflate(source, TRAILER.length, out);
          const same = Buffer.compare(out, content) === 0 && length === stream.length;
          if (!same) t.fail(`${name}, ${JSON.stringify(settings)}, ${step} bytes at a time`);
          const pieces: Uint8Array[] = [];
          const streamed = inflater.inflateStream(
            source,
            TRAILER.length,
            content.length,
            (piece) => {
              pieces.push(piece.slice());
              return true;
            },
          );
          if (streamed !== stream.length || Buffer.compare(Buffer.concat(pieces), content) !== 0) {
            t.fail(`${name}, ${JSON.stringify(settings)}, streamed ${step} bytes at a time`);
          }
        }
      }
    }
    t.pass('all samples');
  });

  t.test('pieces are as small as is asked for, and need no more of the source', async (t) => {
    const random = new Random(2);
    const content = Uint8Array.from({ length: 300_000 }, () => 65 + random.below(16));
    const pieces: Uint8Array[] = [];
    const source = steppingSource(deflateSync(content), 4096);
    const take = (piece: Uint8Array) => {
      pieces.push(piece.slice());
      return true;
    };
    t.equal(inflater.inflateStream(source, 0, content.length, take, 1000), source.size);
    t.ok(pieces.every(({ length }) => length <= 1300));
    t.ok(Buffer.concat(pieces).equals(content));
    const { window } = source;
    let end = 0;
    const watched = {
      ...source,
      window: (offset: number, want: number) => {
        const bytes = window(offset, want);
        end = Math.max(end, offset + bytes.length);
        return bytes;
      },
    };
    inflater.inflateStream(watched, 0, content.length, () => false, 20);
    t.ok(end <= 2 * 4096, `${end}`);
  });

  t.test('a sink can stop the stream', async (t) => {
    const content = new Uint8Array(1_000_000).fill(65);
    const source = steppingSource(deflateSync(content), 1 << 20);
    let received = 0;
    const length = inflater.inflateStream(source, 0, content.length, (piece) => {
      received += piece.length;
      return false;
    });
    t.equal(length, undefined);
    t.ok(received > 0 && received < content.length);
    t.equal(inflater.inflate(source, 0, content), source.size, 'and the inflater still works');
  });

  t.test('refuses another size than the promised one', async (t) => {
    for (const size of [1, 100, 5000, 131_072, 131_073, 400_000]) {
      const content = Buffer.alloc(size, 'content');
      const source = steppingSource(deflateSync(content), 1000);
      for (const promised of [0, size - 1, size + 1, size + 300_000]) {
        const error = refusal(() => inflater.inflate(source, 0, new Uint8Array(promised)));
        if (error.code !== 'BAD_ZLIB') t.fail(`${size} for ${promised}: ${error.message}`);
        const streamed = refusal(() => inflater.inflateStream(source, 0, promised, () => true));
        if (streamed.code !== 'BAD_ZLIB') t.fail(`${size} for ${promised}: ${streamed.message}`);
      }
    }
    t.pass('all sizes');
  });

  t.test('says that a stream is cut short, wherever it is', async (t) => {
    for (const settings of SETTINGS) {
      const content = Buffer.from('the quick brown fox, the lazy dog, '.repeat(20));
      const stream = deflateSync(content, settings);
      for (let size = 0; size < stream.length; size++) {
        const source = steppingSource(stream.subarray(0, size), size % 3 === 0 ? 1 : 1 << 16);
        const error = refusal(() => inflater.inflate(source, 0, new Uint8Array(content.length)));
        if (error.code !== 'TRUNCATED') t.fail(`${size} bytes: ${error.message}`);
      }
    }
    t.pass('all lengths');
  });

  t.test('accepts exactly what zlib accepts', async (t) => {
    const random = new Random(2);
    const streams = samples()
      .filter(([, content]) => content.length > 0 && content.length < 70_000)
      .flatMap(([, content]) => SETTINGS.map((settings) => deflateSync(content, settings)));
    let refused = 0;
    for (let round = 0; round < 4000; round++) {
      const stream = Buffer.from(streams[round % streams.length] as Buffer);
      // Half of the damage in the first bytes: that is where the codes are described.
      const reach = round % 2 === 0 ? Math.min(stream.length, 80) : stream.length;
      for (let flips = 1 + random.below(3); flips > 0; flips--) {
        const at = random.below(reach);
        stream[at] = (stream[at] as number) ^ (1 << random.below(8));
      }
      let expected: Buffer | undefined;
      try {
        expected = inflateSync(stream);
      } catch {
        refused += 1;
      }
      const source = steppingSource(stream, round % 5 === 0 ? 1 + random.below(40) : 1 << 20);
      const out = new Uint8Array(expected?.length ?? 100_000);
      if (expected === undefined) refusal(() => inflater.inflate(source, 0, out));
      else {
        inflater.inflate(source, 0, out);
        if (Buffer.compare(out, expected) !== 0) t.fail(`round ${round}: other bytes`);
      }
    }
    t.ok(refused > 1000 && refused < 4000, `${refused} of 4000 refused`);
  });
}
