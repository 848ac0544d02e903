// Images made from older ones.
import type { Mutant } from '../fixtures/mutant.ts';

const TESTS = ['test/e2e/make-from.test.ts'];

/** What images may not bring into those that are made from them. */
export const mutants: Mutant[] = [
  {
    name: 'make: an image with forged entries of an older one',
    file: 'image-tools/make/old-image.ts',
    find: 'await verifyImage(written);',
    replace: 'await Promise.resolve(verifyImage);',
    tests: TESTS,
  },
  {
    name: 'make: chains of an older image that are too long',
    file: 'image-tools/pack/old-entries.ts',
    find: 'if (depth > mostDepth(type, search)) return;',
    replace: 'if (depth > 9 * mostDepth(type, search)) return;',
    tests: TESTS,
  },
];
