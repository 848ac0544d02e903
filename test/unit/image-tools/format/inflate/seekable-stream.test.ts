import { deflateSync, inflateSync } from 'node:zlib';
import t from 'tap';
import { type ByteSource, FormatError, findRestarts, RESTART_SIZE, SeekableStream } from '#format';
import { steppingSource } from '../../../../contract/inflater.ts';
import { deflateInParts } from '../../../../fixtures/deflate-in-parts.ts';
import { Random } from '../../../../fuzz/random.ts';

const random = new Random(4);
const content = Buffer.from(Array.from({ length: 400_000 }, () => random.below(20) + 65));
const compressed = deflateSync(content);
/** Text of words, several restarts long. */
const large = Buffer.from(
  Array.from({ length: 1_300_000 }, () => `${random.below(5000).toString(36)} `).join(''),
);

function open(bytes: Uint8Array, size: number, step = 5000): SeekableStream {
  return new SeekableStream({ source: steppingSource(bytes, step), offset: 0, size });
}

function read(stream: SeekableStream, offset: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  stream.readInto(out, offset);
  return out;
}

/** A source that counts the bytes it gives. */
function counted(bytes: Uint8Array): ByteSource & { given: number } {
  const source = {
    size: bytes.length,
    given: 0,
    window(offset: number) {
      const view = bytes.subarray(offset, offset + 8192);
      source.given += view.length;
      return view;
    },
  };
  return source;
}

t.test('gives the bytes in pieces of any size, in order and in any order', async (t) => {
  for (const step of [1000, 1 << 20]) {
    const stream = open(compressed, content.length, step);
    for (let at = 0; at < content.length; ) {
      const out = read(stream, at, Math.min(random.below(9000), content.length - at));
      if (Buffer.compare(out, content.subarray(at, at + out.length)) !== 0) t.fail(`at ${at}`);
      at += out.length;
    }
    for (let i = 0; i < 40; i++) {
      const at = random.below(content.length);
      const out = read(stream, at, Math.min(random.below(90_000), content.length - at));
      if (Buffer.compare(out, content.subarray(at, at + out.length)) !== 0) t.fail(`at ${at}`);
    }
  }
  t.pass();
});

t.test('streams stand side by side', async (t) => {
  const one = open(compressed, content.length, 900);
  const two = open(compressed, content.length, 900);
  read(one, 0, 150_000);
  read(two, 0, 150_000);
  t.ok(content.subarray(150_000, 300_000).equals(read(one, 150_000, 150_000)));
});

t.test('checks the end with the last bytes', async (t) => {
  const whole = (bytes: Uint8Array, size: number) => read(open(bytes, size), 0, size);
  for (const cut of [1, 4, 5]) {
    const cutShort = compressed.subarray(0, -cut);
    t.throws(() => whole(cutShort, content.length), { code: 'TRUNCATED' });
  }
  const wrongSum = Buffer.from(compressed);
  wrongSum[wrongSum.length - 1] = (compressed.at(-1) as number) ^ 1;
  t.throws(() => whole(wrongSum, content.length), { code: 'BAD_ZLIB' });
  t.throws(() => whole(compressed, content.length - 1), { code: 'BAD_ZLIB' });
  t.throws(() => whole(compressed, content.length + 1), { code: 'BAD_ZLIB' });
  for (const header of [
    [0x79, 0x9c],
    [0x78, 0x9d],
    [0x78, 0xbb],
  ]) {
    const bytes = Buffer.concat([Buffer.from(header), compressed.subarray(2)]);
    t.throws(() => whole(bytes, content.length), { code: 'BAD_ZLIB' }, header.join());
  }
  t.throws(() => read(open(compressed, content.length), content.length, 1), RangeError);
});

t.test('a part costs what lies before it since the last place that is known', async (t) => {
  const { stream: parts, starts } = deflateInParts(large);
  t.ok(inflateSync(parts).equals(large), 'zlib reads it too');
  const perPart = parts.length / starts.length;
  const plain = deflateSync(large);
  for (const [bytes, restarts, name] of [
    [parts, Float64Array.from(starts), 'that begin afresh'],
    [plain, undefined, 'of a plain stream'],
  ] as const) {
    const source = counted(bytes);
    const stream = new SeekableStream({ source, offset: 0, size: large.length, restarts });
    // Once through a plain one, so that places are known; the other needs none of that.
    if (restarts === undefined) read(stream, large.length - 10, 10);
    for (let i = 0; i < 60; i++) {
      const at = random.below(large.length - 70_000);
      source.given = 0;
      const out = read(stream, at, 65_536);
      if (!large.subarray(at, at + 65_536).equals(out)) t.fail(`${name}: at ${at}`);
      if (source.given > 2.5 * perPart + 80_000) t.fail(`${name}: ${source.given} bytes at ${at}`);
    }
    t.ok(large.subarray(-100).equals(read(stream, large.length - 100, 100)), 'the end');
  }
});

t.test('an error is of one read, not of those after it', async (t) => {
  const bytes = Buffer.from(deflateSync(large));
  const stream = open(bytes, large.length, 1 << 16);
  read(stream, large.length - 1, 1);
  const at = bytes.length >> 1;
  const kept = Uint8Array.from(bytes.subarray(at, at + 2000));
  bytes.fill(0xff, at, at + 2000);
  t.throws(() => read(stream, 0, large.length), { code: 'BAD_ZLIB' });
  bytes.set(kept, at);
  t.ok(large.equals(read(stream, 0, large.length)));
});

t.test('places are forgotten when the checksum shows that they may be wrong', async (t) => {
  // Stored blocks refer to nothing: only the checksum tells that a byte differs.
  const bytes = Buffer.from(deflateSync(large, { level: 0 }));
  const stream = open(bytes, large.length, 1 << 16);
  const at = RESTART_SIZE >> 1;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  t.throws(() => read(stream, 0, large.length), { code: 'BAD_ZLIB' });
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  t.ok(large.subarray(-10).equals(read(stream, large.length - 10, 10)));
});

t.test('restarts are found where they are, and nowhere else', async (t) => {
  const find = (bytes: Uint8Array, size: number) =>
    findRestarts({ source: steppingSource(bytes, 4000), offset: 0, size });
  const { stream, starts } = deflateInParts(large);
  t.same([...(find(stream, large.length) ?? [])], starts);
  t.equal(find(deflateSync(large), large.length), undefined, 'a plain stream');
  t.equal(
    find(deflateInParts(large, true).stream, large.length),
    undefined,
    'parts that refer back',
  );
  t.equal(find(stream, large.length + RESTART_SIZE), undefined, 'another size');
  t.equal(find(stream.subarray(1), large.length), undefined, 'no stream');
  t.throws(() => find(stream.subarray(0, 300_000), large.length), { code: 'TRUNCATED' });
  const even = large.subarray(0, 3 * RESTART_SIZE);
  const whole = deflateInParts(even);
  t.same([...(find(whole.stream, even.length) ?? [])], whole.starts, 'a last part that is full');
});

t.test('places stay known where bytes were missing, and go where bytes were wrong', async (t) => {
  const bytes = deflateSync(large);
  const plain = counted(bytes);
  let failure: Error | undefined;
  const source: ByteSource = {
    size: plain.size,
    window(offset, want) {
      if (failure !== undefined && offset > bytes.length * 0.9) throw failure;
      return plain.window(offset, want);
    },
  };
  const end = large.length - 5000;
  for (const [error, isFar] of [
    [new Error('later'), false],
    [new FormatError('BAD_ZLIB', 'wrong'), true],
  ] as const) {
    const stream = new SeekableStream({ source, offset: 0, size: large.length });
    failure = error;
    t.throws(() => read(stream, end, 100), error);
    failure = undefined;
    plain.given = 0;
    t.ok(large.subarray(end, end + 100).equals(read(stream, end, 100)));
    t.equal(plain.given > bytes.length / 2, isFar, `${plain.given} of ${bytes.length} bytes`);
  }
});
