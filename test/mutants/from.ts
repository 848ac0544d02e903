// Images made from older ones.
import type { Mutant } from '../fixtures/mutant.ts';

const TESTS = ['test/e2e/make-from.test.ts'];

/** What images may not bring into those that are made from them. */
export const mutants: Mutant[] = [
  {
    name: 'make: the check of what was taken over is not waited for',
    file: 'image-tools/make/pack-image.ts',
    find: 'await check?.finish({ signal: options.signal });',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'make: an abort is not seen while what was taken over is checked',
    file: 'image-tools/make/pack-image.ts',
    find: 'finish({ signal: options.signal })',
    replace: 'finish()',
    tests: TESTS,
  },
  {
    name: 'make: an image with forged entries of an older one',
    file: 'image-tools/make/pack-image.ts',
    find: 'if (options.trustFrom) return;',
    replace: 'if (options.trustFrom !== null) return;',
    tests: TESTS,
  },
  {
    name: 'make: chains of an older image that are too long',
    file: 'image-tools/pack/old-entries.ts',
    find: 'if (depth > mostDepth(type, search)) return;',
    replace: 'if (depth > 9 * mostDepth(type, search)) return;',
    tests: TESTS,
  },
  {
    name: 'make: damaged entries of a trusted image',
    file: 'image-tools/pack/old-entries.ts',
    find: 'if (crc === image.idx.crcOf(row)) return;',
    replace: 'if (crc >= 0) return;',
    tests: TESTS,
  },
  {
    name: 'make: changes without end out of a few folders',
    file: 'image-tools/make/old-image.ts',
    find: 'compareSides(before, after, undefined, new PathBudget())',
    replace: 'compareSides(before, after, PathBudget && undefined)',
    tests: TESTS,
  },
  {
    name: 'make: new files are compared with files of any size',
    file: 'image-tools/pack/old-entries.ts',
    find: '|| !mayBeBase(size, length)) continue;',
    replace: '|| size + length < 0) continue;',
    tests: ['test/unit/image-tools/pack/old-entries.test.ts'],
  },
  {
    name: 'make: new files are compared with any number of bytes',
    file: 'image-tools/pack/old-entries.ts',
    find: 'if (bytes + size > MAX_ANCHOR_BYTES) continue;',
    replace: '',
    tests: ['test/unit/image-tools/pack/old-entries.test.ts'],
  },
  {
    name: 'make: changes of any length',
    file: 'image-tools/make/old-image.ts',
    find: 'if (bytes > MAX_CHANGES_BYTES) {',
    replace: 'if (bytes < 0) {',
    tests: TESTS,
  },
  {
    name: 'make: headers of deltas whose bases moved are kept',
    file: 'image-tools/pack/old-entries.ts',
    find: 'if (moved !== packOffset - start) break;',
    replace: 'if (Number.isNaN(moved)) break;',
    tests: TESTS,
  },
];
