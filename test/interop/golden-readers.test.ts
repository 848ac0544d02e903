import { readFileSync } from 'node:fs';
import t from 'tap';
import { memorySource } from '#format';
import { mount } from '../../guest/reader/index.ts';
import { differences, readContents } from '../fixtures/compare-contents.ts';
import { goldenImages } from '../fixtures/golden.ts';
import { TREE_READERS } from '../fixtures/readers.ts';

const images = goldenImages(t.testdir());

t.test(
  'every file of every golden image',
  { skip: images === undefined && 'no ../shared' },
  async (t) => {
    for (const { name, path, expected } of images ?? []) {
      const source = memorySource(readFileSync(path));
      for (const reader of TREE_READERS) {
        const contents = readContents(mount(source, { reader }));
        t.same(differences(contents, expected), [], `${name}, ${reader}`);
        t.ok(contents.size >= 7);
      }
    }
  },
);
