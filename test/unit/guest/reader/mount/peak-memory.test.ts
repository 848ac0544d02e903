// A process that reads every file once, by path: its most memory beside the same process without an image.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runBounded } from '../../../../fixtures/bounded.ts';
import { generateImage } from '../../../../fixtures/generated-image.ts';

const FILES = 60_000;
/** In MiB: it takes 27 to 36, by when garbage is collected, and took 57 when each look-up left some. */
const MOST = 42;

function* paths(): Generator<string> {
  for (let i = 0; i < FILES; i++) {
    yield `part-${i % 10}/group-${i % 400}/folder-${i % 6000}/file-${i}-with-a-longer-name.html`;
  }
}

const image = join(t.testdir({}), 'disk.img');
writeFileSync(image, generateImage(paths()));

/** In MiB. */
async function peakOf(kind: string): Promise<number> {
  const args = [kind, 'lazy', image];
  const { end, stderr, peak } = await runBounded('test/bench/readers-child.ts', args, {
    seconds: 60,
  });
  if (end !== '0') throw new Error(`${end}: ${stderr}`);
  return peak;
}

t.test(`lazy: ${FILES} files in many directories`, async (t) => {
  const nothing = await peakOf('nothing');
  let beyond = Number.POSITIVE_INFINITY;
  // The least of a few: on a busy machine the collector of garbage comes late.
  for (let round = 0; round < 3 && beyond > MOST; round++) {
    beyond = Math.min(beyond, (await peakOf('all-by-path')) - nothing);
  }
  t.ok(beyond <= MOST, `${beyond} MiB`);
});
