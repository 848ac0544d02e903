// The WebAssembly part of the packer against what reads its output: applyDelta, and zlib.
import { deflateSync, inflateRawSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { applyDelta } from '#format';
import { createKernel, KernelMemory } from '../../../../image-tools/pack/kernel.ts';

const kernel = createKernel();

/** Any cost. */
const NO_LIMIT = 0xffff_ffff;

/** What a literal is taken for, in eighths of a byte. */
const LITERAL_COST = 5;

function encodeDelta(
  base: Uint8Array,
  target: Uint8Array,
  every: number,
  limit = NO_LIMIT,
): Uint8Array {
  kernel.startTarget(LITERAL_COST);
  return encodeNextDelta(base, target, every, limit);
}

/** One more delta to the target of the last one. */
function encodeNextDelta(
  base: Uint8Array,
  target: Uint8Array,
  every: number,
  limit: number,
): Uint8Array {
  const areas = new KernelMemory(kernel);
  const baseAt = areas.take(base.length);
  const targetAt = areas.take(target.length);
  const index = areas.take(kernel.deltaIndexSize(base.length, every));
  const list = areas.take(kernel.operationListSize(target.length));
  const out = areas.take(kernel.deltaBound(target.length));
  const memory = areas.view();
  memory.set(base, baseAt);
  memory.set(target, targetAt);
  kernel.indexBase(baseAt, base.length, every, index);
  const size = kernel.encodeDelta(targetAt, target.length, 16, limit, list, out);
  t.ok(size <= kernel.deltaBound(target.length), 'within its bound');
  return memory.slice(out, out + size);
}

function encodeCheapest(base: Uint8Array, target: Uint8Array, literalBits: number): Uint8Array {
  const areas = new KernelMemory(kernel);
  const baseAt = areas.take(base.length);
  const targetAt = areas.take(target.length);
  const index = areas.take(kernel.deltaIndexSize(base.length, 4));
  const work = areas.take(kernel.deltaPathMemory(base.length, target.length));
  const out = areas.take(kernel.deltaBound(target.length));
  const memory = areas.view();
  memory.set(base, baseAt);
  memory.set(target, targetAt);
  kernel.indexBase(baseAt, base.length, 4, index);
  kernel.listCopies(targetAt, target.length, 64, work);
  const size = kernel.encodeCheapest(targetAt, target.length, literalBits * 32, out);
  t.ok(size <= kernel.deltaBound(target.length), 'within its bound');
  return memory.slice(out, out + size);
}

function deflate(
  content: Uint8Array,
  enough: number,
  passes: number,
  guess: boolean,
  last = true,
): Uint8Array {
  const areas = new KernelMemory(kernel);
  const at = areas.take(content.length);
  const work = areas.take(kernel.deflateMemory());
  const out = areas.take(kernel.deflateBound(content.length));
  const memory = areas.view();
  memory.set(content, at);
  const size = kernel.deflate(at, content.length, 24, enough, passes, guess, last, work, out);
  return memory.slice(out, out + size);
}

/** How deflateLazily tries, and what it may take. */
interface Attempt {
  readonly maxChain?: number;
  readonly enough?: number;
  readonly last?: boolean;
  readonly limit?: number;
  readonly measure?: boolean;
}

function deflateLazily(content: Uint8Array, attempt: Attempt = {}) {
  const { maxChain = 16, enough = 32, last = true, limit = NO_LIMIT, measure = false } = attempt;
  const areas = new KernelMemory(kernel);
  const at = areas.take(content.length);
  const work = areas.take(kernel.lazyMemory());
  const out = areas.take(kernel.deflateBound(content.length));
  const memory = areas.view();
  memory.set(content, at);
  const size = kernel.deflateLazily(
    at,
    content.length,
    maxChain,
    enough,
    last,
    limit,
    work,
    measure ? 0 : out,
  );
  return { size, stream: memory.slice(out, out + size) };
}

/** Content as deltas meet it: pieces that come again, edited, moved and dropped. */
const words = fc.uint8Array({ minLength: 1, maxLength: 60 });
const related = fc
  .array(words, { minLength: 1, maxLength: 20 })
  .chain((vocabulary) =>
    fc.tuple(
      fc.array(fc.constantFrom(...vocabulary), { minLength: 1, maxLength: 200 }),
      fc.array(fc.oneof(fc.constantFrom(...vocabulary), words), { minLength: 1, maxLength: 200 }),
    ),
  )
  .map(([base, target]) => [Buffer.concat(base), Buffer.concat(target)] as const);

t.test('a delta gives its target back', async () => {
  fc.assert(
    fc.property(related, fc.constantFrom(1, 4, 8), ([base, target], every) => {
      const delta = encodeDelta(base, target, every);
      const result = new Uint8Array(target.length);
      applyDelta(base, delta, result);
      return Buffer.compare(result, target) === 0;
    }),
    { numRuns: 500 },
  );
});

t.test('the cheapest delta gives its target back, whatever a literal costs', async () => {
  fc.assert(
    fc.property(related, fc.constantFrom(1, 4, 16), ([base, target], literalBits) => {
      const result = new Uint8Array(target.length);
      applyDelta(base, encodeCheapest(base, target, literalBits), result);
      return Buffer.compare(result, target) === 0;
    }),
    { numRuns: 500 },
  );
});

t.test('the cheapest delta copies what is dear, and only that', async (t) => {
  const base = Buffer.from(Array.from({ length: 2000 }, (_, i) => `line ${i * 7919}\n`).join(''));
  const piece = base.subarray(500, 512);
  const target = Buffer.concat([piece, Buffer.from('new'), base.subarray(9100)]);
  const cheap = Buffer.from(encodeCheapest(base, target, 1));
  const dear = Buffer.from(encodeCheapest(base, target, 8));
  t.ok(cheap.includes(piece), 'twelve cheap bytes stay literal');
  t.notOk(dear.includes(piece), 'dear ones are copied');
  t.ok(dear.length <= encodeDelta(base, target, 4).length);
});

t.test('a delta between neighbours is small', async (t) => {
  const base = Buffer.from(Array.from({ length: 2000 }, (_, i) => `line ${i * 7919}\n`).join(''));
  const target = Buffer.concat([base.subarray(0, 9000), Buffer.from('new'), base.subarray(9100)]);
  t.ok(encodeDelta(base, target, 4).length < 40);
});

/** Different lines. */
function lines(from: number, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, i) => `${(from + i) ** 3} `).join(''));
}

t.test('a delta that would cost too much is given up', async (t) => {
  const base = lines(0, 40_000);
  const rest = lines(1_000_000, 10_000);
  const target = Buffer.concat([base, rest]);
  const cost = rest.length * LITERAL_COST;
  t.equal(encodeDelta(base, target, 2, cost * 0.9).length, 0, 'more than the limit');
  t.ok(encodeDelta(base, target, 2, cost * 1.1).length > 0, 'within it');
});

t.test('a delta is given up where it costs far more than the best one did', async (t) => {
  const [start, middle, end] = [lines(1_000_000, 9000), lines(0, 30_000), lines(2_000_000, 10_000)];
  const target = Buffer.concat([start, middle, end]);
  const without = { start: Buffer.concat([middle, end]), end: Buffer.concat([start, middle]) };
  const limit = end.length * LITERAL_COST * 1.1;
  t.ok(encodeDelta(without.end, target, 2, limit).length > 0, 'a good one');
  t.equal(encodeNextDelta(without.start, target, 2, limit).length, 0, 'far behind it at first');
  const delta = encodeDelta(without.start, target, 2, limit);
  const result = new Uint8Array(target.length);
  applyDelta(without.start, delta, result);
  t.same(Buffer.from(result), target, 'with none before it, it is found');
});

t.test('a copy has to save more than it costs where literals are cheap', async (t) => {
  const base = lines(0, 500);
  const piece = base.subarray(1000, 1016);
  const other = lines(3_000_000, 20);
  const target = Buffer.concat([other, piece, other]);
  const encode = (cost: number) => {
    kernel.startTarget(cost);
    return Buffer.from(encodeNextDelta(base, target, 1, NO_LIMIT));
  };
  t.notOk(encode(LITERAL_COST).includes(piece), 'copied');
  t.ok(encode(2).includes(piece), 'literal');
});

t.test('a deflate stream inflates to its content', async () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 5000 }),
    related.map(([base]) => base),
    fc.nat(200_000).map((length) => new Uint8Array(length).fill(65)),
  );
  fc.assert(
    fc.property(
      content,
      fc.constantFrom(4, 32, 258),
      fc.constantFrom(1, 2),
      fc.boolean(),
      (content, enough, passes, guess) => {
        return Buffer.compare(inflateSync(deflate(content, enough, passes, guess)), content) === 0;
      },
    ),
    { numRuns: 300 },
  );
});

t.test('parts of a stream begin afresh, wherever they are cut', async () => {
  const content = fc.oneof(
    fc.uint8Array({ minLength: 2, maxLength: 3000 }),
    related.map(([base]) => base).filter(({ length }) => length > 1),
  );
  fc.assert(
    fc.property(content, fc.nat(), fc.constantFrom(1, 2), (content, cut, passes) => {
      const at = 1 + (cut % (content.length - 1));
      // Without the header and the checksum of a zlib stream.
      const [first, second] = [content.subarray(0, at), content.subarray(at)].map((part, i) =>
        deflate(part, 32, passes, cut % 2 === 0, i === 1).subarray(2, -4),
      ) as [Uint8Array, Uint8Array];
      return (
        Buffer.compare(inflateRawSync(Buffer.concat([first, second])), content) === 0 &&
        Buffer.compare(inflateRawSync(second), content.subarray(at)) === 0 &&
        Buffer.from(first)
          .subarray(-4)
          .equals(Buffer.of(0, 0, 0xff, 0xff))
      );
    }),
    { numRuns: 200 },
  );
});

/** Text of several kinds, longer than what is split into blocks together. */
const LONG = Buffer.concat(
  Array.from({ length: 8 }, (_, i) =>
    i % 4 === 3
      ? Buffer.from(Array.from({ length: 60_000 }, (_, k) => (k * k * 2654435761) >>> 13))
      : Buffer.from(Array.from({ length: 9000 }, (_, k) => `${k ** 2 % 9973} of ${i}\n`).join('')),
  ),
);

t.test('what is deflated at one go inflates to its content', async (t) => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 5000 }),
    related.map(([base]) => base),
    fc.nat(600_000).map((length) => new Uint8Array(length).fill(65)),
    fc.tuple(fc.nat(LONG.length), fc.nat(20_000)).map(([at, n]) => LONG.subarray(at, at + n)),
  );
  fc.assert(
    fc.property(
      content,
      fc.constantFrom(1, 16, 200),
      fc.constantFrom(4, 32, 258),
      (content, maxChain, enough) => {
        const { stream } = deflateLazily(content, { maxChain, enough });
        return Buffer.compare(inflateSync(stream), content) === 0;
      },
    ),
    { numRuns: 400 },
  );
  t.ok(LONG.length > 1 << 19);
  const { stream } = deflateLazily(LONG);
  t.ok(LONG.equals(inflateSync(stream)), 'in several parts');
  t.ok(stream.length <= deflateSync(LONG).length, 'and takes no more than zlib makes');
});

t.test('what is measured is as large as what is made, up to the limit', async (t) => {
  const content = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 3000 }),
    fc.uint8Array({ minLength: 3000, maxLength: 70_000, max: 7, size: 'max' }),
    related.map(([base]) => base).filter(({ length }) => length > 0),
    fc.tuple(fc.nat(LONG.length - 1), fc.integer({ min: 1, max: 40_000 })).map(([at, n]) => {
      return LONG.subarray(at, at + n);
    }),
  );
  const check = (content: Uint8Array) => {
    const { size, stream } = deflateLazily(content);
    const limited = deflateLazily(content, { limit: size });
    return (
      deflateLazily(content, { measure: true }).size === size &&
      Buffer.compare(limited.stream, stream) === 0 &&
      deflateLazily(content, { limit: size - 1 }).size === 0 &&
      deflateLazily(content, { limit: size - 1, measure: true }).size === 0
    );
  };
  fc.assert(fc.property(content, check), { numRuns: 200 });
  t.ok(check(LONG));
  // Text, then bytes that are stored, behind each number of bits.
  const noise = LONG.subarray(LONG.length - 40_000);
  for (let n = 4000; n < 4016; n += 1) t.ok(check(Buffer.concat([LONG.subarray(0, n), noise])));
});

t.test('parts that are deflated at one go begin afresh', async (t) => {
  const [first, second] = [LONG.subarray(0, 70_000), LONG.subarray(70_000)];
  const { stream } = deflateLazily(first, { last: false });
  t.same(Buffer.from(stream).subarray(-8, -4), Buffer.of(0, 0, 0xff, 0xff));
  const rest = deflateLazily(second).stream.subarray(2, -4);
  const whole = Buffer.concat([stream.subarray(2, -4), rest]);
  t.ok(LONG.equals(inflateRawSync(whole)));
  t.ok(second.equals(inflateRawSync(rest)));
});
