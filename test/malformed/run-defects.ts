// A process of its own, so that its parent can bound its memory and time. One line of JSON for each
// defect, written before the next is begun: of a defect that kills or hangs, the name is known.
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { DEFAULT_LIMITS, FormatError, memorySource, openImage } from '#format';
import { mount } from '../../guest/reader/index.ts';
import { indexImage } from '../../image-tools/path-index/index-image.ts';
import { verifyImage } from '../../image-tools/verify/verify.ts';
import { SAMPLE_FILES } from '../fixtures/forged-sample.ts';
import { TREE_READERS } from '../fixtures/readers.ts';
import { walkImage } from '../fixtures/walk-image.ts';
import { DEFECTS } from './defects/index.ts';

function outcome(codes: Iterable<string>): string {
  return [...codes].sort().join('+') || 'unseen';
}

/** Opens the image and looks up every id that its IDX holds. */
function openAndLookUp(image: Uint8Array): string {
  const codes = new Set<string>();
  const attempt = (call: () => void) => {
    try {
      call();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      codes.add(error.code);
    }
  };
  attempt(() => {
    const { idx } = openImage(memorySource(image), DEFAULT_LIMITS);
    for (let entry = 0; entry < idx.count; entry++) {
      attempt(() => {
        if (idx.lookUp(idx.oidOf(entry)) === undefined) codes.add('not found');
      });
    }
  });
  return outcome(codes);
}

/** Checks the image whole, from a file, as docteur.verify does. */
async function verify(image: Uint8Array): Promise<string> {
  writeFileSync(file, image);
  try {
    await verifyImage(file);
    return 'unseen';
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

/**
 * Adds a path index, as docteur.index does: the image stays as it was where that fails, and where it
 * does not, whoever reads through the index meets nothing but the errors of the readers.
 */
async function addIndex(image: Uint8Array): Promise<string> {
  writeFileSync(file, image);
  try {
    await indexImage(file);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return readFileSync(file).equals(image) ? 'refused' : 'changed';
  }
  const indexed = memorySource(readFileSync(file));
  walkImage(() => mount(indexed, { reader: 'indexed' }));
  walkImage(() => mount(indexed, { reader: 'auto' }));
  return 'indexed';
}

const [file = 'defect.img'] = process.argv.slice(2);
for (const { name, image } of DEFECTS) {
  writeSync(1, JSON.stringify(name));
  const bytes = image();
  const result: Record<string, string> = { name, open: openAndLookUp(bytes) };
  for (const reader of TREE_READERS) {
    const codes = walkImage(
      () => mount(memorySource(bytes), { reader }),
      Object.keys(SAMPLE_FILES),
    );
    result[reader] = outcome(codes);
  }
  for (const reader of TREE_READERS) {
    const codes = walkImage(
      () => mount(memorySource(bytes), { reader, check: true }),
      Object.keys(SAMPLE_FILES),
    );
    result[`${reader} --check`] = outcome(codes);
  }
  result.verify = await verify(bytes);
  result.index = await addIndex(bytes);
  writeSync(1, `\r${JSON.stringify(result)}\n`);
}
