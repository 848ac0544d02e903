// What docteur.verify says must not depend on how many threads look.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { FormatError } from '#format';
import { type VerifyOptions, verifyImage } from '../../image-tools/verify/verify.ts';
import { largeDeltas } from '../fixtures/bombs.ts';
import { copy, delta, insert } from '../fixtures/forge-bytes.ts';
import { sample } from '../fixtures/forged-sample.ts';
import { DEFECTS } from './defects/index.ts';

const file = join(t.testdir(), 'disk.img');

async function verdict(image: Uint8Array, options: VerifyOptions): Promise<unknown> {
  writeFileSync(file, image);
  try {
    return await verifyImage(file, options);
  } catch (error) {
    if (error instanceof FormatError) return `${error.code} ${error.message}`;
    throw error;
  }
}

async function sameVerdict(
  t: Test,
  name: string,
  image: Uint8Array,
  options: VerifyOptions = {},
): Promise<unknown> {
  const alone = await verdict(image, { ...options, threads: 1 });
  t.strictSame(await verdict(image, { ...options, threads: 2 }), alone, name);
  return alone;
}

t.test('a sound image, and a defect of each kind', async (t) => {
  t.type(await sameVerdict(t, 'sound', sample()), Object);
  const kinds = new Map(DEFECTS.map((defect) => [defect.verify ?? defect.lazy, defect]));
  for (const { name, image } of kinds.values()) await sameVerdict(t, name, image());
});

t.test('the first of many bad objects is named', async (t) => {
  const wrong = Buffer.from('these bytes have another id\n');
  const image = sample({
    more: (forge) => {
      for (let i = 0; i < 300; i++) {
        const sound = Buffer.from(`object ${i}, `.repeat(500));
        if (i < 100 || i % 3 > 0) forge.add('blob', sound);
        else forge.add('blob', wrong, { oid: Buffer.alloc(20, i) });
      }
    },
  });
  const found = await sameVerdict(t, 'many', image);
  t.match(found, /^BAD_HASH/);
  t.equal(await verdict(image, { threads: 4 }), found);
});

t.test('limits of the whole are passed by all threads together', async (t) => {
  const size = 2 ** 18;
  const image = sample({
    more: (forge) => {
      for (let family = 0; family < 10; family++) {
        let base = forge.add('blob', Buffer.alloc(size, family + 1));
        for (let i = 1; i <= 10; i++) {
          const head = Buffer.from([100 + i]);
          const content = Buffer.concat([head, Buffer.alloc(size - 1, family + 1)]);
          base = forge.addOfs(base, delta(size, size, insert(head), copy(1, size - 1)), content);
        }
      }
    },
  });
  for (const maxChainSize of [2 ** 20, 2 ** 24, 2 ** 26]) {
    const limits = { maxChainSize, maxExpansion: 0 };
    const found = await sameVerdict(t, `${maxChainSize}`, image, { limits });
    if (maxChainSize < 2 ** 25) t.match(found, /^LIMIT/);
    else t.type(found, Object);
  }
});

t.test(
  'what is too large for one of many threads waits for them, and nothing is lost',
  async (t) => {
    const size = 2 ** 18;
    const families = largeDeltas(6, 5, size);
    // A base, a delta and a result fit once into the budget, and not into a half of it.
    const most = 2 * size + 2000;
    for (const maxHeldSize of [most, 2 * size]) {
      const found = await sameVerdict(t, `${maxHeldSize}`, families, { limits: { maxHeldSize } });
      if (maxHeldSize === most) t.match(found, { objects: 6 * 6 + 2 });
      else t.match(found, /^LIMIT/);
    }
    const last = largeDeltas(6, 5, size, { wrong: 6 });
    t.match(await sameVerdict(t, 'last', last, { limits: { maxHeldSize: most } }), /^BAD_HASH/);
    t.match(await sameVerdict(t, 'both', last, { limits: { maxHeldSize: 2 * size } }), /^LIMIT/);
  },
);
