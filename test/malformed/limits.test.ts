import t from 'tap';
import { DEFAULT_LIMITS, type Limits, memorySource } from '#format';
import { mount, type Reader } from '../../guest/fs/index.ts';
import { treeEntry } from '../fixtures/forge-bytes.ts';
import { BASE, SECOND, sample, THIRD } from '../fixtures/forged-sample.ts';
import { walkImage } from '../fixtures/walk-image.ts';

const image = memorySource(sample());
const ROOT_SIZE = [
  treeEntry('100644', 'README.md', Buffer.alloc(20)),
  treeEntry('100644', 'base.txt', Buffer.alloc(20)),
  treeEntry('40000', 'docs', Buffer.alloc(20)),
  treeEntry('120000', 'link', Buffer.alloc(20)),
  treeEntry('100755', 'second.txt', Buffer.alloc(20)),
  treeEntry('100644', 'third.txt', Buffer.alloc(20)),
].reduce((size, { length }) => size + length, 0);
const DOCS_SIZE = treeEntry('100644', 'a.txt', Buffer.alloc(20)).length;

/** At `most` the image reads; one less, and it does not. */
function boundary(name: keyof Limits, most: number, readers: readonly Reader[]): void {
  t.test(`${name}: ${most} is enough, ${most - 1} is not`, async (t) => {
    for (const reader of readers) {
      const read = (limit: number) => {
        const limits = { ...DEFAULT_LIMITS, [name]: limit };
        // First, when nothing is at hand yet, the file at the end of the longest chain.
        return walkImage(() => {
          const fs = mount(image, { reader, limits, cacheBytes: 0 });
          fs.get('third.txt');
          return fs;
        });
      };
      t.strictSame(read(most), [], reader);
      t.strictSame(read(most - 1), ['LIMIT'], reader);
    }
  });
}

boundary('maxObjects', 8, ['lazy', 'eager', 'analyze']);
boundary('maxObjectSize', Math.max(SECOND.length, THIRD.length), ['lazy', 'eager', 'analyze']);
boundary('maxDeltaDepth', 2, ['lazy', 'eager', 'analyze']);
boundary('maxChainSize', BASE.length + SECOND.length + THIRD.length, ['lazy', 'eager', 'analyze']);
boundary('maxTreeSize', ROOT_SIZE, ['lazy', 'eager', 'analyze']);
boundary('maxTreesSize', ROOT_SIZE + DOCS_SIZE, ['eager', 'analyze']);
boundary('maxTreeDepth', 2, ['lazy', 'eager', 'analyze']);
