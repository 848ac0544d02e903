import fc from 'fast-check';
import t from 'tap';
import { RadixForest } from '../../../../../guest/reader/art/index.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const latin1 = (key: Uint8Array) => Buffer.from(key).toString('latin1');

/** Names in one buffer, each ended by a NUL, without doubles, and their places in the order of bytes. */
function layOut(names: readonly Uint8Array[]): { buffer: Uint8Array; places: Map<string, number> } {
  const sorted = [...new Set(names.map(latin1))].sort((a, b) =>
    Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')),
  );
  const places = new Map<string, number>();
  // Other bytes stand between the names: nobody may take them for a part of one.
  let text = 'xyz';
  for (const name of sorted) {
    places.set(name, text.length);
    text += `${name}\0xyz`;
  }
  return { buffer: Buffer.from(text, 'latin1'), places };
}

/** Every key is found at its place, nothing else is, and a walk gives them in byte order. */
function checkAgainst(names: Uint8Array[], absent: Uint8Array[]): boolean {
  const { buffer, places } = layOut(names);
  const forest = new RadixForest();
  const root = forest.plant(buffer, [...places.values()]);
  for (const name of [...names, ...absent]) {
    const found = forest.find(root, buffer, name, 0, name.length);
    if (found !== (places.get(latin1(name)) ?? -1)) throw new Error(`find of ${latin1(name)}`);
  }
  const walked = [...forest.keys(root)];
  if (walked.join() !== [...places.values()].join()) throw new Error('order of the walk');
  for (const name of [...names.slice(0, 20), ...absent.slice(0, 20)]) {
    const above = [...places].filter(
      ([key]) => Buffer.compare(Buffer.from(key, 'latin1'), name) > 0,
    );
    const found = [...forest.keysAbove(root, buffer, name)];
    if (found.join() !== above.map(([, place]) => place).join()) {
      throw new Error(`keys above ${latin1(name)}`);
    }
  }
  return true;
}

/** A file name: 1..255 bytes, none of them NUL or '/'. */
const nameOf = (byte: fc.Arbitrary<number>, maxLength: number) =>
  fc
    .uint8Array({ minLength: 1, maxLength })
    .chain((shape) =>
      fc
        .array(byte, { minLength: shape.length, maxLength: shape.length })
        .map((list) => Uint8Array.from(list)),
    );
const anyByte = fc.integer({ min: 1, max: 255 }).filter((byte) => byte !== 0x2f);
/** Few different bytes, so that names share prefixes and are prefixes of each other. */
const fewBytes = fc.constantFrom(1, 0x2e, 0x61, 0x62, 0xff);

t.test('names of any bytes', async (t) => {
  const names = fc.array(nameOf(anyByte, 255), { maxLength: 60 });
  t.doesNotThrow(() => fc.assert(fc.property(names, names, checkAgainst), { numRuns: 60 }));
});

t.test('names that share much', async (t) => {
  const names = fc.array(nameOf(fewBytes, 9), { maxLength: 200 });
  t.doesNotThrow(() => fc.assert(fc.property(names, names, checkAgainst), { numRuns: 100 }));
});

t.test('wide: nodes of every number of children, up to every byte', async (t) => {
  const absent = [Uint8Array.of(), Uint8Array.of(0x70, 0x70), Uint8Array.of(1, 2, 3)];
  const wide: Uint8Array[] = [];
  for (let a = 1; a < 256; a++) {
    wide.push(Uint8Array.of(a));
    for (let b = 1; b < 256; b += 5) wide.push(Uint8Array.of(0x70, a, b), Uint8Array.of(a, b));
  }
  t.ok(checkAgainst(wide, absent));
  for (const count of [2, 4, 5, 15, 16, 17, 18, 191, 192, 193, 194, 254, 255]) {
    const children = Array.from({ length: count }, (_, i) => Uint8Array.of(0x70, 255 - i));
    t.ok(checkAgainst(children, absent), `${count} children`);
    t.ok(checkAgainst([...children, Uint8Array.of(0x70)], absent), `${count} and the end`);
  }
});

t.test('deep: each name is the prefix of the next', async (t) => {
  const deep = Array.from({ length: 255 }, (_, i) => new Uint8Array(i + 1).fill(0x64));
  t.ok(checkAgainst(deep, [new Uint8Array(256).fill(0x64), bytes('dddx')]));
});

t.test('the longest key', async (t) => {
  const long = new Uint8Array(0xffff).fill(0x61);
  const other = long.slice();
  other[other.length - 1] = 0x62;
  t.ok(checkAgainst([long, other, long.subarray(1)], [long.subarray(2)]));
});

t.test('an absent key that only differs where nodes skip', async (t) => {
  const { buffer, places } = layOut([bytes('prefix-one'), bytes('prefix-two')]);
  const forest = new RadixForest();
  const root = forest.plant(buffer, [...places.values()]);
  const find = (text: Uint8Array, from = 0, to = text.length) =>
    forest.find(root, buffer, text, from, to);
  t.equal(find(bytes('suffix-one')), -1);
  t.equal(find(bytes('prefix-')), -1);
  t.equal(find(bytes('prefix-one')), places.get('prefix-one'));
  t.equal(
    find(bytes('in prefix-two here'), 3, 13),
    places.get('prefix-two'),
    'a part of the bytes',
  );
  t.equal(find(Uint8Array.of(0)), -1, 'NUL is in no key');
  t.equal(find(bytes('prefix-one\0xyz')), -1, 'nor does one go on behind its end');
});

t.test('trees of one forest do not see each other', async (t) => {
  const forest = new RadixForest();
  const trees = Array.from({ length: 50 }, (_, count) => {
    const { buffer, places } = layOut(Array.from({ length: count }, (_, i) => bytes(`file ${i}`)));
    return { buffer, places, root: forest.plant(buffer, [...places.values()]) };
  });
  for (const [count, { buffer, places, root }] of trees.entries()) {
    t.strictSame([...forest.keys(root)], [...places.values()]);
    const absent = bytes(`file ${count}`);
    t.equal(forest.find(root, buffer, absent, 0, absent.length), -1);
  }
});

t.test('the trees of 20,000 pages take at most 16 bytes a name', async (t) => {
  const forest = new RadixForest();
  for (let folder = 0; folder < 200; folder++) {
    const names = Array.from({ length: 100 }, (_, page) =>
      bytes(`page-${(page * 7919) % 1000}-of-folder-${folder}.html`),
    );
    const { buffer, places } = layOut(names);
    forest.plant(buffer, [...places.values()]);
  }
  const each = forest.byteLength / 20_000;
  t.comment(`${each.toFixed(1)} bytes a name`);
  t.ok(each <= 16);
});
