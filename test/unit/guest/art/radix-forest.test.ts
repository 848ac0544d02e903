import fc from 'fast-check';
import t from 'tap';
import { RadixForest } from '../../../../guest/art/index.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const latin1 = (key: Uint8Array) => Buffer.from(key).toString('latin1');

/** Every key is found under its number, nothing else is, and a walk gives them in byte order. */
function checkAgainst(names: Uint8Array[], absent: Uint8Array[]): boolean {
  const forest = new RadixForest();
  const tree = forest.addTree();
  const model = new Map<string, number>();
  for (const name of names) {
    const text = latin1(name);
    const expected = model.has(text) ? -1 : model.size;
    if (forest.insert(tree, name) !== expected) throw new Error(`insert of ${text}`);
    if (expected >= 0) model.set(text, expected);
  }
  forest.compact();
  for (const name of [...names, ...absent]) {
    const text = latin1(name);
    if (forest.find(tree, name) !== (model.get(text) ?? -1)) throw new Error(`find of ${text}`);
  }
  const walked = [...forest.keys(tree)].map((key) => latin1(forest.key(key)));
  const sorted = [...model.keys()].sort((a, b) =>
    Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')),
  );
  if (walked.join('/') !== sorted.join('/')) throw new Error('order of the walk');
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

t.test('wide: every byte at two depths, in both orders', async (t) => {
  const wide: Uint8Array[] = [];
  for (let a = 1; a < 256; a++) {
    wide.push(Uint8Array.of(a));
    for (let b = 1; b < 256; b += 5) wide.push(Uint8Array.of(0x70, a, b), Uint8Array.of(a, b));
  }
  t.ok(checkAgainst(wide, [Uint8Array.of(), Uint8Array.of(0x70, 0x70), Uint8Array.of(1, 2, 3)]));
  t.ok(checkAgainst(wide.toReversed(), [Uint8Array.of(9, 9, 9)]));
});

t.test('deep: each name is the prefix of the next', async (t) => {
  const deep = Array.from({ length: 255 }, (_, i) => new Uint8Array(i + 1).fill(0x64));
  t.ok(checkAgainst(deep, [new Uint8Array(256).fill(0x64), bytes('dddx')]));
  t.ok(checkAgainst(deep.toReversed(), []));
});

t.test('the longest key', async (t) => {
  const long = new Uint8Array(RadixForest.MAX_KEY_LENGTH).fill(0x61);
  const other = long.slice();
  other[other.length - 1] = 0x62;
  t.ok(checkAgainst([long, other, long.subarray(1)], [long.subarray(2)]));
});

t.test('an absent key that only differs where nodes skip', async (t) => {
  const forest = new RadixForest();
  const tree = forest.addTree();
  forest.insert(tree, bytes('prefix-one'));
  forest.insert(tree, bytes('prefix-two'));
  t.equal(forest.find(tree, bytes('suffix-one')), -1);
  t.equal(forest.find(tree, bytes('prefix-')), -1);
  t.equal(forest.find(tree, bytes('prefix-one')), 0);
  t.equal(forest.find(tree, bytes('in prefix-two here'), 3, 13), 1, 'a part of the bytes');
  t.equal(forest.find(tree, Uint8Array.of(0)), -1, 'NUL is in no key');
});

t.test('trees of one forest do not see each other', async (t) => {
  const forest = new RadixForest();
  const trees = Array.from({ length: 50 }, () => forest.addTree());
  for (const tree of trees) {
    for (let i = 0; i < tree; i++) forest.insert(tree, bytes(`file ${i}`));
  }
  for (const tree of trees) {
    t.equal([...forest.keys(tree)].length, tree);
    t.equal(forest.find(tree, bytes(`file ${tree}`)), -1);
  }
});

t.test('names of 20,000 pages take at most their bytes and 32 more each', async (t) => {
  const forest = new RadixForest();
  let nameBytes = 0;
  for (let folder = 0; folder < 200; folder++) {
    const tree = forest.addTree();
    for (let page = 0; page < 100; page++) {
      const name = bytes(`page-${(page * 7919) % 1000}-of-folder-${folder}.html`);
      nameBytes += name.length;
      forest.insert(tree, name);
    }
  }
  forest.compact();
  const each = (forest.byteLength - nameBytes) / forest.keyCount;
  t.comment(`${each.toFixed(1)} bytes a name beside its own`);
  t.ok(each <= 32);
});
