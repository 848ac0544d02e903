import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInflater, DEFAULT_LIMITS, FormatError, memorySource } from '#format';
import { mount } from '../../../guest/reader/index.ts';
import { verifyImage } from '../../../image-tools/verify/verify.ts';
import type { EntryForgery, Row } from '../../fixtures/forge.ts';
import { commitText } from '../../fixtures/forge-bytes.ts';
import {
  type SampleForgery,
  SECOND_DELTA,
  sample,
  THIRD_DELTA,
} from '../../fixtures/forged-sample.ts';
import { TREE_READERS } from '../../fixtures/readers.ts';
import { walkImage } from '../../fixtures/walk-image.ts';
import { withPathIndex } from '../../fixtures/with-path-index.ts';
import { mutate } from '../mutate.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';
import { walkNodes } from '../walk-nodes.ts';

/** Tight, so that what is deep or large is met often. */
const LIMITS = { ...DEFAULT_LIMITS, maxObjectSize: 2 ** 22, maxTreeDepth: 20 };

function forgeEntry(random: Random): EntryForgery {
  return random.pick<() => EntryForgery>([
    () => ({ size: Math.max(0, random.edgy()) }),
    () => ({ header: random.bytes(random.below(30)) }),
    () => ({ stream: random.bytes(random.below(100)) }),
    () => ({ tail: random.bytes(random.below(30)) }),
    () => ({ oid: random.bytes(20) }),
    () => ({ crc: random.word() }),
    () => ({ packOffset: BigInt(Math.max(0, random.edgy())) }),
  ])();
}

function shuffleRows(rows: Row[], random: Random): Row[] {
  const [a, b] = [random.below(rows.length), random.below(rows.length)];
  const swapped = [...rows];
  const field = random.pick(['oid', 'packOffset', 'crc', 'all']);
  const [first, second] = [rows[a] as Row, rows[b] as Row];
  if (field === 'all') [swapped[a], swapped[b]] = [second, first];
  else swapped[a] = { ...first, [field]: second[field as keyof Row] };
  return swapped;
}

/** One thing of the sample that is forged; all checksums are right for it afterwards. */
function forge(random: Random): SampleForgery {
  return random.pick<() => SampleForgery>([
    () => ({ base: forgeEntry(random) }),
    () => ({ second: forgeEntry(random) }),
    () => ({ third: forgeEntry(random) }),
    () => ({ docs: forgeEntry(random) }),
    () => ({ root: forgeEntry(random) }),
    () => ({ commit: forgeEntry(random) }),
    () => ({ second: { delta: mutate(SECOND_DELTA, random) } }),
    () => ({ third: { delta: mutate(THIRD_DELTA, random) } }),
    () => ({ second: { back: random.below(3000) } }),
    () => ({
      docs: { content: (blob) => mutate(Buffer.concat([Buffer.from('100644 a\0'), blob]), random) },
    }),
    () => ({ root: { content: (sound) => mutate(sound, random) } }),
    () => ({ commit: { content: (root) => mutate(commitText(root), random) } }),
    () => ({ image: { rows: (rows) => shuffleRows(rows, random) } }),
    () => ({ image: { fanOut: (f) => f.with(random.below(256), random.edgy() >>> 0) } }),
    () => ({ image: { offsets: (o) => o.with(random.below(o.length), random.edgy() >>> 0) } }),
    () => ({ image: { count: random.edgy() >>> 0 } }),
    () => ({ image: { idxOffset: BigInt(Math.max(0, random.edgy())) } }),
  ])();
}

async function isSound(file: string, image: Uint8Array): Promise<boolean> {
  writeFileSync(file, image);
  try {
    await verifyImage(file, { limits: LIMITS });
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** Every reader and verify on one image: what each promises, and that they do not contradict. */
export function createImageTarget(folder: string): FuzzTarget {
  const file = join(folder, 'forged.img');
  const inflater = createInflater();
  return {
    name: 'image',
    weight: 10,
    async run(random, spent) {
      const forgeries = Array.from({ length: random.below(3) }, () => forge(random));
      const made = sample(Object.assign({}, ...forgeries));
      const image = random.oneIn(3) ? mutate(made, random) : made;
      // Verify wants a file, which costs more than all the rest.
      const sound = random.oneIn(3) && (await isSound(file, image));
      // What the trees say of sizes can be wrong, and so the index; but nothing else may happen.
      const indexed = random.oneIn(4)
        ? refused([FormatError], () => withPathIndex(image))
        : undefined;
      if (indexed !== undefined) {
        walkImage(() =>
          mount(memorySource(indexed), { reader: 'indexed', limits: LIMITS, inflater }),
        );
        walkNodes(
          () => mount(memorySource(indexed), { reader: 'indexed', limits: LIMITS, inflater }),
          random,
        );
      }
      for (const reader of TREE_READERS) {
        const found = walkImage(() =>
          mount(memorySource(image), { reader, limits: LIMITS, inflater }),
        );
        // A link may lead to a file that a forged, and yet sound, tree no longer has.
        const faults = found.filter((code) => code !== 'NOT_FOUND' && code !== 'NOT_A_FILE');
        insist(!sound || faults.length === 0, `verify takes it, ${reader} finds ${faults}`);
        if (random.oneIn(4)) {
          walkNodes(() => mount(memorySource(image), { reader, limits: LIMITS, inflater }), random);
        }
        const lies = reader === 'analyze' && found.includes('wrong data');
        insist(!lies, 'analyze gives wrong data');
      }
      if (indexed !== undefined) spent.output += indexed.length - image.length;
    },
  };
}
