import { randomBytes } from 'node:crypto';
import t from 'tap';
import { applyDelta, DeltaCursor, decodeDeltaSizes, FormatError } from '#format';
import {
  DeltaParts,
  type Parts,
  ScatteredDelta,
} from '../../../../../guest/reader/pack/delta-parts.ts';
import { PIECE } from '../../../../../guest/reader/pack/pieces.ts';
import { Random } from '../../../../fuzz/random.ts';

type Instruction = readonly [from: number, length: number] | Uint8Array;

function size(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push(128 + (rest % 128));
  }
}

/** A delta with all bytes of each copy written out. */
function deltaOf(baseSize: number, instructions: readonly Instruction[]): Uint8Array {
  const bytes: number[] = [];
  let resultSize = 0;
  for (const instruction of instructions) {
    resultSize += instruction instanceof Uint8Array ? instruction.length : instruction[1];
    if (instruction instanceof Uint8Array) bytes.push(instruction.length, ...instruction);
    else {
      const [from, length] = instruction;
      bytes.push(255, from, from >>> 8, from >>> 16, from >>> 24);
      bytes.push(length, length >>> 8, length >>> 16);
    }
  }
  return Uint8Array.from([...size(baseSize), ...size(resultSize), ...bytes]);
}

function built(base: Uint8Array, delta: Uint8Array): Uint8Array {
  const out = new Uint8Array(decodeDeltaSizes(delta).resultSize);
  applyDelta(base, delta, out);
  return out;
}

/** Bytes in memory that count how much of them was read. */
function counted(bytes: Uint8Array): Parts & { given: number } {
  return {
    size: bytes.length,
    given: 0,
    readInto(out, offset) {
      this.given += out.length;
      out.set(bytes.subarray(offset, offset + out.length));
    },
  };
}

const random = new Random(11);
const base = randomBytes(3 * PIECE + 12_345);

/** Edits all over: long copies, short ones, new bytes. */
function edit(baseSize: number, count: number): Uint8Array {
  const instructions: Instruction[] = [];
  let at = 0;
  for (let i = 0; i < count && at < baseSize - 1; i++) {
    const kind = random.below(3);
    if (kind === 0) instructions.push(randomBytes(1 + random.below(127)));
    const length = Math.min(
      baseSize - at,
      1 + random.below(kind === 1 ? 30 : Math.ceil((2 * baseSize) / count)),
    );
    instructions.push([at, length]);
    at += length + random.below(20);
  }
  return deltaOf(baseSize, instructions);
}

t.test('any part of what a chain of deltas gives', async (t) => {
  const deltas: Uint8Array[] = [];
  let content: Uint8Array = base;
  for (let depth = 0; depth < 6; depth++) {
    const delta = edit(content.length, 2000);
    content = built(content, delta);
    deltas.unshift(delta);
    const parts = new DeltaParts(deltas, counted(base));
    if (parts.size !== content.length) t.fail(`size at depth ${depth}`);
    for (let i = 0; i < 60; i++) {
      const offset = random.below(content.length);
      const length = Math.min(
        content.length - offset,
        random.below(i % 9 === 0 ? 2 * PIECE : 5000),
      );
      const out = new Uint8Array(length);
      parts.readInto(out, offset);
      if (Buffer.compare(out, content.subarray(offset, offset + length)) !== 0) {
        t.fail(`${length} bytes at ${offset}, depth ${depth}`);
      }
    }
    const whole = new Uint8Array(content.length);
    parts.readInto(whole, 0);
    t.equal(Buffer.compare(whole, content), 0, `all of it, depth ${depth}`);
    t.throws(() => parts.readInto(new Uint8Array(1), content.length), RangeError);
  }
});

t.test('a piece costs about a piece of the base, and memory is counted', async (t) => {
  const source = counted(base);
  const delta = edit(base.length, 500);
  const parts = new DeltaParts([delta], source);
  parts.readInto(new Uint8Array(100_000), 1_500_000);
  t.ok(source.given <= 2 * PIECE, `${source.given} bytes`);
  t.ok(parts.byteLength >= delta.length + 2 * PIECE);
  t.ok(parts.byteLength <= 2 * delta.length + 2 * PIECE + 1000);
});

t.test('a delta that copies from all over is left to others, and stays of use', async (t) => {
  const big = randomBytes(40 * PIECE);
  const jumps = Array.from(
    { length: 5000 },
    (_, i): Instruction => [(i * 17 * PIECE) % big.length, 1],
  );
  const source = counted(big);
  const scattered = new DeltaParts([deltaOf(big.length, [...jumps, [0, 4 * PIECE]])], source);
  t.throws(() => scattered.readInto(new Uint8Array(5000), 0), ScatteredDelta);
  t.ok(source.given <= 24 * PIECE, `${source.given} bytes`);
  const out = new Uint8Array(PIECE);
  scattered.readInto(out, 5000);
  t.equal(Buffer.compare(out, big.subarray(0, PIECE)), 0);
});

t.test('many layers of single bytes end', async (t) => {
  const bytes = randomBytes(20_000);
  const singles = Array.from({ length: 20_000 }, (_, i): Instruction => [i, 1]);
  const layers = Array.from({ length: 40 }, () => deltaOf(bytes.length, singles));
  const repeated = Array.from({ length: 50 }, (): Instruction => [0, 20_000]);
  const deltas = [deltaOf(bytes.length, repeated), ...layers];
  const parts = new DeltaParts(deltas, counted(bytes));
  t.throws(() => parts.readInto(new Uint8Array(parts.size), 0), ScatteredDelta);
});

t.test('what is wrong is found before anything is given', async (t) => {
  const bad = (delta: Uint8Array, baseSize = base.length) => {
    const parts = { size: baseSize, readInto: () => t.fail('it was read') };
    t.throws(() => new DeltaParts([delta], parts), FormatError);
  };
  bad(deltaOf(base.length, [[base.length - 5, 6]]));
  bad(deltaOf(base.length, [[0, 100]]), base.length - 1);
  bad(Uint8Array.of(...size(base.length), ...size(11), 10, ...randomBytes(10)));
  bad(Uint8Array.of(...size(base.length), ...size(10), 11, ...randomBytes(10)));
  bad(Uint8Array.of(...size(base.length), ...size(11), 11, ...randomBytes(10)));
  bad(Uint8Array.of(...size(base.length), ...size(10), 0x91, 5));
  bad(Uint8Array.of(...size(base.length), ...size(10), 0));
  const [one, other] = [deltaOf(10, [[0, 9]]), deltaOf(10, [[0, 9]])];
  t.throws(() => new DeltaParts([one, other], counted(new Uint8Array(10))), FormatError);
});

t.test('the cursor gives what instructions say', async (t) => {
  const cursor = new DeltaCursor(Uint8Array.of(0x80, 0xff, 1, 2, 3, 4, 5, 6, 7, 2, 9, 9), 0);
  t.ok(cursor.next());
  t.same([cursor.copies, cursor.from, cursor.length], [true, 0, 0x10000]);
  t.ok(cursor.next());
  t.same([cursor.copies, cursor.from, cursor.length], [true, 0x04030201, 0x070605]);
  t.ok(cursor.next());
  t.same([cursor.copies, cursor.from, cursor.length], [false, 10, 2]);
  t.notOk(cursor.next());
});
