import { deflateSync, inflateSync } from 'node:zlib';
import t from 'tap';
import { FormatError } from '../../../../../image-tools/format/base/errors.ts';
import { createInflater } from '../../../../../image-tools/format/inflate/inflate-wasm.ts';
import { steppingSource } from '../../../../contract/inflater.ts';
import { Random } from '../../../../fuzz/random.ts';

/** zlib's complaints and ours. */
const COMPLAINTS: Record<string, string> = {
  'incorrect header check': 'not the header of a zlib stream',
  'unknown compression method': 'not the header of a zlib stream',
  'invalid window size': 'not the header of a zlib stream',
  'Missing dictionary': 'not the header of a zlib stream',
  'invalid block type': 'an unknown block type',
  'invalid stored block lengths': 'a stored block whose length and its complement differ',
  'too many length or distance symbols': 'too many length or distance codes',
  'invalid code lengths set': 'an invalid code for code lengths',
  'invalid bit length repeat': 'an invalid repeat of a code length',
  'invalid code -- missing end-of-block': 'a block without an end',
  'invalid literal/lengths set': 'an invalid code for literals and lengths',
  'invalid distances set': 'an invalid code for distances',
  'invalid literal/length code': 'an invalid literal or length code',
  'invalid distance code': 'an invalid distance code',
  'invalid distance too far back': 'a distance reaches before the start',
  'incorrect data check': 'a wrong Adler-32',
  'unexpected end of file': 'a zlib stream does not end',
};

const inflater = createInflater();

/** What zlib finds wrong with a stream, in our words; its length inflated if it is right. */
function judge(stream: Uint8Array): string | number {
  try {
    return inflateSync(stream).length;
  } catch (error) {
    const { message } = error as Error;
    return COMPLAINTS[message] ?? message;
  }
}

/** What we find wrong but for the size, which is promised too large here. */
function complaint(stream: Uint8Array, step: number): string | number {
  try {
    inflater.inflateStream(steppingSource(stream, step), 0, 2 ** 40, () => true);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const size = /^(\d+) bytes inflated instead/.exec(error.message)?.[1];
    return size === undefined ? error.message.replace(/, offset \d+$/, '') : Number(size);
  }
  throw new Error('a terabyte came out');
}

t.test('finds the fault that zlib finds, in damaged and in random streams', async (t) => {
  const random = new Random(3);
  const text = Buffer.from(
    Array.from({ length: 900 }, (_, i) => `${(i * i) % 89} line\n`).join(''),
  );
  const real = [deflateSync(text), deflateSync(text.subarray(0, 300), { level: 9 })];
  const seen = new Set<string | number>();
  for (let round = 0; round < 20_000; round++) {
    const whole = real[round % 2] as Buffer;
    const stream = Buffer.from(round % 50 === 0 ? whole.subarray(0, 100) : whole);
    const at = 2 + random.below(Math.min(70, stream.length - 2));
    if (round % 4 < 2) stream[at] = random.below(256);
    else for (let i = 2; i < stream.length; i++) stream[i] = random.below(256);
    const expected = judge(stream);
    const found = complaint(stream, round % 3 === 0 ? 5 : 1 << 20);
    seen.add(expected);
    // A code of no symbol at all is refused one step earlier here than in zlib.
    const early =
      found === 'an invalid code for code lengths' && expected === 'a block without an end';
    if (found !== expected && !early) t.equal(found, expected, stream.toString('hex'));
  }
  const never = Object.values(COMPLAINTS).filter((text) => !seen.has(text));
  t.strictSame(
    [...new Set(never)],
    ['not the header of a zlib stream'],
    'every other fault was met',
  );
});

t.test('takes the headers that zlib takes, of all there are', async (t) => {
  const stream = deflateSync('content');
  for (let header = 0; header < 0x10000; header++) {
    stream.writeUInt16BE(header, 0);
    if (complaint(stream, 100) !== judge(stream)) t.fail(`header ${header.toString(16)}`);
  }
  t.pass('all 65,536');
});

t.test('names where the stream begins', async (t) => {
  const bytes = Buffer.concat([Buffer.alloc(50), deflateSync('content').fill(0, 10)]);
  t.throws(() => inflater.inflate(steppingSource(bytes, 8), 50, new Uint8Array(7)), {
    code: 'BAD_ZLIB',
    offset: 50,
  });
});

t.test('a source that throws does not spoil the next stream', async (t) => {
  const stream = deflateSync('content');
  const broken = {
    size: 100,
    window(offset: number): Uint8Array {
      if (offset > 4) throw new Error('unreadable');
      return stream.subarray(offset, offset + 1);
    },
  };
  const out = new Uint8Array(7);
  t.throws(() => inflater.inflate(broken, 0, out), { message: 'unreadable' });
  inflater.inflate(steppingSource(stream, 3), 0, out);
  t.equal(Buffer.from(out).toString(), 'content');
});

t.test('inflates what zlib deflates with any settings', async (t) => {
  const random = new Random(8);
  for (let round = 0; round < 4000; round++) {
    const values = 1 + random.below(random.oneIn(2) ? 8 : 256);
    const period = 1 + random.below(300);
    const content = random.bytes(random.below(3000));
    content.forEach((byte, i) => {
      const repeats = i >= period && !random.oneIn(6);
      content[i] = repeats ? (content[i - period] as number) : byte % values;
    });
    const settings = {
      level: random.below(10),
      strategy: random.below(5),
      windowBits: 9 + random.below(7),
      memLevel: 1 + random.below(9),
    };
    const stream = deflateSync(content, settings);
    const out = new Uint8Array(content.length);
    const length = inflater.inflate(steppingSource(stream, 1 + random.below(4000)), 0, out);
    if (length === stream.length && Buffer.compare(out, content) === 0) continue;
    t.fail(`round ${round}: ${JSON.stringify(settings)}`);
  }
  t.pass('all settings');
});
