import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import {
  type ByteSource,
  createInflater,
  ENTRY_OFS_DELTA,
  type EntryDecoder,
  encodeEntryHeader,
  encodeTree,
  MODE_EXECUTABLE,
  MODE_FILE,
  MODE_TREE,
  memorySource,
  OBJECT_BLOB,
  OBJECT_MARGIN,
  PACK_HEADER_SIZE,
  ScriptDecoder,
} from '#format';
import { Random } from '../../../../fuzz/random.ts';

/** The two decoders of a PACK, which must agree about everything. */
function decodersOf(pack: Uint8Array): EntryDecoder[] {
  const source = memorySource(pack);
  const inflater = createInflater();
  const decoders = [inflater.openDecoder?.(source), new ScriptDecoder(source, inflater)];
  return decoders.flatMap((decoder) => decoder ?? []);
}

/** What a call gives, as text if it is anything: the code where it throws. */
function outcome(call: () => unknown): string | undefined {
  try {
    return JSON.stringify(call());
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** A PACK of one whole object and one delta against it: its entries begin at the two offsets. */
function packOf(base: Uint8Array, delta: Uint8Array): { pack: Buffer; at: number } {
  const whole = [encodeEntryHeader(OBJECT_BLOB, base.length), deflateSync(base)];
  const head = Buffer.concat([Buffer.alloc(PACK_HEADER_SIZE), ...whole]);
  const header = encodeEntryHeader(ENTRY_OFS_DELTA, delta.length, head.length - PACK_HEADER_SIZE);
  return { pack: Buffer.concat([head, header, deflateSync(delta)]), at: head.length };
}

/** Bytes behind what a decoder writes, which must stay as they are. */
const GUARD = 0x5a;

function applyWith(decoder: EntryDecoder, at: number): unknown {
  const base = decoder.readHeader(PACK_HEADER_SIZE);
  const delta = decoder.readHeader(at);
  const baseAt = decoder.start;
  const outAt = baseAt + base.size + OBJECT_MARGIN;
  decoder.grow(outAt + OBJECT_MARGIN);
  decoder.inflate(base, baseAt);
  const size = decoder.inflateDelta(delta);
  const guardAt = outAt + Math.min(size, 100_000) + OBJECT_MARGIN;
  decoder.grow(guardAt + OBJECT_MARGIN);
  decoder.memory.fill(GUARD, guardAt);
  const applied = outcome(() =>
    decoder.applyDelta(baseAt, base.size, outAt, Math.min(size, 100_000)),
  );
  const isWhole = decoder.memory.subarray(guardAt).every((byte) => byte === GUARD);
  if (!isWhole) return 'written outside';
  if (applied !== undefined) return applied;
  return [size, decoder.end, [...decoder.memory.subarray(outAt, outAt + size)]];
}

const size = fc.nat(127).map((n) => [n]);
const instruction = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 127 }).map((own) => [own.length, ...own]),
  fc.tuple(fc.nat(90), fc.nat(90)).map(([from, length]) => [0x91, from, length]),
  fc.uint8Array({ minLength: 1, maxLength: 8 }).map((any) => [...any]),
);

t.test('both decoders make the same of any delta, and write nowhere else', async (t) => {
  const seen = new Set<string>();
  const base = Uint8Array.from({ length: 100 }, (_, i) => i * 3);
  const any = fc.record({
    sizes: fc.oneof(
      fc.tuple(size, size).map((both) => both.flat()),
      fc.array(fc.nat(255), { maxLength: 24 }),
    ),
    instructions: fc.array(instruction, { maxLength: 6 }),
    fits: fc.boolean(),
  });
  fc.assert(
    fc.property(any, ({ sizes, instructions, fits }) => {
      const body = instructions.flat();
      const result = instructions.reduce(
        (sum, one) => sum + (one[0] === 0x91 ? (one[2] as number) || 0x10000 : one.length - 1),
        0,
      );
      const varint = [(result & 127) | 128, ((result >> 7) & 127) | 128, result >> 14];
      const delta = Uint8Array.from([...(fits ? [100, ...varint] : sizes), ...body]);
      const { pack, at } = packOf(base, delta);
      const [a, b] = decodersOf(pack).map((decoder) => outcome(() => applyWith(decoder, at)));
      seen.add(a?.startsWith('[') ? 'result' : String(a));
      return a === b;
    }),
    { numRuns: 2000 },
  );
  t.strictSame([...seen].sort(), ['"BAD_DELTA"', 'BAD_DELTA', 'result']);
});

/** A copy whose offset and length have just the bytes that `op` says, and how much it copies. */
function copyOf(op: number, random: Random): [number[], number] {
  const bytes = [0, 1, 2, 3, 4, 5, 6]
    .filter((lane) => (op & (1 << lane)) !== 0)
    .map((lane) =>
      lane === 3 ? 0 : lane === 2 || lane === 6 ? random.below(2) : random.below(256),
    );
  const lengths = bytes.slice([1, 2, 4, 8].filter((bit) => (op & bit) !== 0).length);
  let length = 0;
  for (const lane of [4, 5, 6]) {
    if ((op & (1 << lane)) !== 0) length += (lengths.shift() as number) << (8 * (lane - 4));
  }
  return [[op, ...bytes], length || 0x10000];
}

t.test('both decoders make the same of copies of every shape', async (t) => {
  const random = new Random(4);
  const base = Uint8Array.from({ length: 0x42000 }, () => random.below(256));
  for (let op = 0x80; op < 0x100; op++) {
    const instructions = Array.from({ length: 3 }, () => copyOf(op, random));
    const own = random.bytes(1 + random.below(127));
    const size = instructions.reduce((sum, [, length]) => sum + length, own.length);
    const sizes = [base.length, size].flatMap((n) => [
      (n & 127) | 128,
      ((n >> 7) & 127) | 128,
      n >> 14,
    ]);
    const bytes = [...sizes, ...instructions.flatMap(([one]) => one), own.length, ...own];
    const { pack, at } = packOf(base, Uint8Array.from(bytes));
    const results = decodersOf(pack).map((decoder) => {
      const header = decoder.readHeader(PACK_HEADER_SIZE);
      const out = decoder.start + base.length + OBJECT_MARGIN;
      decoder.grow(out + size + OBJECT_MARGIN);
      decoder.inflate(header, decoder.start);
      decoder.inflateDelta(decoder.readHeader(at));
      decoder.applyDelta(decoder.start, base.length, out, size);
      return Buffer.from(decoder.memory.subarray(out, out + size));
    });
    if (!results[0]?.equals(results[1] as Buffer)) t.fail(`instruction ${op}`);
  }
  t.pass('all instructions');
});

t.test('a copy that a delta cuts off is not taken from what stands behind', async (t) => {
  const base = new Uint8Array(100);
  const whole = Uint8Array.of(100, 5, 0x91, 0, 5);
  const first = packOf(base, whole);
  const header = encodeEntryHeader(ENTRY_OFS_DELTA, 4, first.pack.length - PACK_HEADER_SIZE);
  const pack = Buffer.concat([first.pack, header, deflateSync(whole.subarray(0, 4))]);
  for (const decoder of decodersOf(pack)) {
    decoder.grow(decoder.start + 2000);
    decoder.inflate(decoder.readHeader(PACK_HEADER_SIZE), decoder.start);
    decoder.inflateDelta(decoder.readHeader(first.at));
    decoder.inflateDelta(decoder.readHeader(first.pack.length));
    const apply = () => decoder.applyDelta(decoder.start, 100, decoder.start + 1000, 5);
    t.throws(apply, { code: 'BAD_DELTA' });
  }
});

t.test('a delta that makes more than it promises, or has less, writes nowhere else', async (t) => {
  const own = (length: number) => [length, ...new Array(length).fill(1)];
  const base = new Uint8Array(100);
  const large = new Uint8Array(0x12345);
  const deltas: [Uint8Array, number[]][] = [
    [large, [0xc5, 0xc6, 4, 5, 0x80]],
    [base, [100, 5, ...own(127), ...own(127), ...own(127), ...own(127), ...own(127)]],
    [base, [100, 127, 127, 1, 2, 3]],
  ];
  for (const [base, delta] of deltas) {
    const { pack, at } = packOf(base, Uint8Array.from(delta));
    for (const decoder of decodersOf(pack)) t.equal(applyWith(decoder, at), 'BAD_DELTA');
  }
});

t.test('both decoders find the same in any tree', async (t) => {
  const seen = new Set<string>();
  const names = fc.uniqueArray(fc.constantFrom('a', 'a.b', 'b', 'ab', 'a-', 'long name', 'z'));
  const change = fc.record({
    at: fc.nat(200),
    byte: fc.constantFrom(0, 0x20, 0x2e, 0x2f, 0x30, 0x34, 0x37, 0x61, 0xff),
  });
  fc.assert(
    fc.property(
      names,
      fc.option(change),
      fc.nat(30),
      fc.boolean(),
      (chosen, changed, cut, isCut) => {
        const modes = [MODE_TREE, MODE_FILE, MODE_EXECUTABLE];
        const tree = encodeTree(
          chosen.map((name, i) => {
            const oid = Buffer.alloc(20, i + 1);
            return { mode: modes[i % 3] as number, name: Buffer.from(name), oid };
          }),
        );
        if (changed !== null && tree.length > 0) tree[changed.at % tree.length] = changed.byte;
        const bytes = isCut ? tree.subarray(0, Math.max(0, tree.length - cut)) : tree;
        const [a, b] = decodersOf(new Uint8Array(100)).map((decoder) => {
          decoder.grow(decoder.start + bytes.length + OBJECT_MARGIN);
          const content = decoder.memory.subarray(decoder.start, decoder.start + bytes.length);
          content.set(bytes);
          return outcome(() => {
            const found: number[] = [];
            decoder.listDirectories(content, (oidStart) => found.push(oidStart));
            return found;
          });
        });
        seen.add(a?.startsWith('[') ? 'tree' : String(a));
        return a === b;
      },
    ),
    { numRuns: 2000 },
  );
  t.strictSame([...seen].sort(), ['BAD_TREE', 'tree']);
});

t.test('more directories than are listed at once', async (t) => {
  const entries = Array.from({ length: 20_000 }, (_, i) => ({
    mode: MODE_TREE,
    name: Buffer.from(`d${i}`),
    oid: Buffer.alloc(20, i),
  }));
  const tree = encodeTree(entries);
  const lists = decodersOf(new Uint8Array(100)).map((decoder) => {
    decoder.grow(decoder.start + tree.length + OBJECT_MARGIN);
    const content = decoder.memory.subarray(decoder.start, decoder.start + tree.length);
    content.set(tree);
    const found: number[] = [];
    decoder.listDirectories(content, (oidStart) => found.push(oidStart));
    return found;
  });
  t.equal(lists[0]?.length, 20_000);
  t.strictSame(lists[0], lists[1]);
});

/** A source whose windows end at the lines of a cache. */
function inLines(bytes: Uint8Array, lineBytes: number): ByteSource {
  return {
    size: bytes.length,
    window: (at) => bytes.subarray(at, at + lineBytes - (at % lineBytes)),
  };
}

t.test('entries one after the other, wherever the lines of the source end', async (t) => {
  const contents = Array.from({ length: 400 }, (_, i) =>
    // Also the head of a delta.
    Buffer.concat([Buffer.of(1, 1), randomBytes(1000 + i)]),
  );
  const entries = contents.map((content) =>
    Buffer.concat([encodeEntryHeader(OBJECT_BLOB, content.length), deflateSync(content)]),
  );
  const pack = Buffer.concat([Buffer.alloc(PACK_HEADER_SIZE), ...entries]);
  for (const lineBytes of [7, 1000, 0x10000, 0x10000 + 13, pack.length]) {
    const decoder = createInflater().openDecoder?.(inLines(pack, lineBytes));
    if (decoder === undefined) throw new Error('no decoder');
    decoder.grow(decoder.start + 2000);
    let at = PACK_HEADER_SIZE;
    const wrong = contents.filter((content, i) => {
      const header = decoder.readHeader(at);
      decoder.inflateDelta(decoder.readHeader(at));
      decoder.inflate(header, decoder.start);
      at += (entries[i] as Buffer).length;
      const inflated = decoder.memory.subarray(decoder.start, decoder.start + header.size);
      return decoder.end !== at || !content.equals(inflated);
    });
    t.strictSame(wrong, [], `lines of ${lineBytes} bytes`);
  }
});

t.test('an object that would not lie in memory is refused', async (t) => {
  const { pack, at } = packOf(new Uint8Array(100), Uint8Array.of(100, 5, 0x91, 0, 5));
  const [decoder] = decodersOf(pack);
  if (decoder === undefined) throw new Error('no decoder');
  const end = decoder.memory.length;
  const base = decoder.readHeader(PACK_HEADER_SIZE);
  t.throws(() => decoder.inflate(base, end - 100), RangeError);
  t.throws(() => decoder.inflate(base, 0), RangeError);
  decoder.inflate(base, end - 100 - OBJECT_MARGIN);
  decoder.inflateDelta(decoder.readHeader(at));
  t.throws(() => decoder.applyDelta(end - 100, 100, decoder.start, 5), RangeError);
  t.throws(() => decoder.applyDelta(end - 100 - OBJECT_MARGIN, 100, end - 5, 5), RangeError);
});
