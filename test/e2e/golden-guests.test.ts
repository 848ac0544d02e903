import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { differences, parseDump } from '../fixtures/compare-contents.ts';
import { goldenImages } from '../fixtures/golden.ts';
import { TREE_READERS } from '../fixtures/readers.ts';
import { runTender } from '../fixtures/tender.ts';

const DUMP = join(import.meta.dirname, '../../dist/guests/dump.js');
const images = goldenImages(t.testdir());

t.test(
  'every file of every golden image',
  { skip: images === undefined && 'no ../shared' },
  async (t) => {
    for (const { name, path, expected } of images ?? []) {
      const sectorSizes = [512, 4096].filter((size) => statSync(path).size % size === 0);
      for (const sectorSize of sectorSizes) {
        for (const reader of [...TREE_READERS, 'auto']) {
          const options = [`--block:docteur=${path}`, `--block-sector-size:docteur=${sectorSize}`];
          const outcome = await runTender([...options, '--', DUMP, `--reader=${reader}`]);
          const label = `${name}, sectors of ${sectorSize}, ${reader}`;
          t.match(outcome, { status: 0, stderr: '' }, label);
          t.same(differences(parseDump(outcome.stdout), expected), [], label);
        }
      }
    }
  },
);
