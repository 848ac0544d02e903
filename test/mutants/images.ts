import type { Mutant } from '../fixtures/mutant.ts';

const LIMITS = ['test/malformed/limits.test.ts'];
const DEFECTS = ['test/malformed/defects.test.ts'];

/** What images are refused for, and how much of the machine they may ask for. */
export const mutants: Mutant[] = [
  {
    name: 'verify: objects of any size are held',
    file: 'image-tools/verify/family-walker.ts',
    find: 'if (size > maxObjectSize) {',
    replace: 'if (size > maxObjectSize && maxObjectSize < 0) {',
    tests: LIMITS,
  },
  {
    name: 'verify: a PACK may expand without end',
    file: 'image-tools/verify/family-walker.ts',
    find: 'if (this.#built > this.#maxBuilt) {',
    replace: 'if (this.#built < 0) {',
    tests: LIMITS,
  },
  {
    name: 'verify: trees of any size',
    file: 'image-tools/verify/object-checker.ts',
    find: 'if (content.length > maxTreeSize) {',
    replace: 'if (content.length < 0) {',
    tests: LIMITS,
  },
  {
    name: 'verify: any amount of trees',
    file: 'image-tools/verify/object-checker.ts',
    find: 'if (treesSize > maxTreesSize) {',
    replace: 'if (treesSize < 0n) {',
    tests: LIMITS,
  },
  {
    name: 'verify: any id will do',
    file: 'image-tools/verify/object-checker.ts',
    find: 'if (!equalBytes(oid, listed)) {',
    replace: 'if (oid.length !== listed.length) {',
    tests: DEFECTS,
  },
  {
    name: 'verify: two entries of one name',
    file: 'image-tools/verify/object-checker.ts',
    find: 'if (names.has(text)) {',
    replace: 'if (text === undefined) {',
    tests: DEFECTS,
  },
  {
    name: 'verify: chains of deltas of any length',
    file: 'image-tools/verify/entry-table.ts',
    find: '      if (depth > limit) {',
    replace: '      if (depth < 0) {',
    tests: LIMITS,
  },
  {
    name: 'verify: folders of any depth',
    file: 'image-tools/verify/tree-edges.ts',
    find: 'if (depth > maxTreeDepth) {',
    replace: 'if (depth < 0) {',
    tests: LIMITS,
  },
];
