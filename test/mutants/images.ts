import type { Mutant } from '../fixtures/mutant.ts';

const LIMITS = ['test/malformed/limits.test.ts'];
const BOMBS = ['test/malformed/bombs.test.ts'];
const WALK = ['test/unit/image-tools/path-index/walk-paths.test.ts'];
const THREADS = ['test/malformed/verify-threads.test.ts'];
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
  {
    name: 'verify: a thread holds more than its share',
    file: 'image-tools/verify/held-bytes.ts',
    find: 'if (this.fits(type, size, others)) return;',
    replace: 'if (this.#isShare || this.fits(type, size, others)) return;',
    tests: BOMBS,
  },
  {
    name: 'verify: one thread may hold anything',
    file: 'image-tools/verify/held-bytes.ts',
    find: 'return others + costOf(type, size) <= this.#most;',
    replace: 'return others + costOf(type, size) > 0;',
    tests: THREADS,
  },
  {
    name: 'verify: what was put off is forgotten',
    file: 'image-tools/verify/sweep.ts',
    find: 'if (suspended.length > 0) all.push(',
    replace: 'if (suspended.length < 0) all.push(',
    tests: THREADS,
  },
  {
    name: 'path index: any number of paths',
    file: 'image-tools/path-index/budget.ts',
    find: 'if (paths > most) {',
    replace: 'if (paths < 0) {',
    tests: BOMBS,
  },
  {
    name: 'path index: of any size',
    file: 'image-tools/path-index/budget.ts',
    find: 'if (this.#indexSize > this.#maxIndexSize) {',
    replace: 'if (this.#indexSize < 0) {',
    tests: BOMBS,
  },
  {
    name: 'path index: paths of any size',
    file: 'image-tools/path-index/budget.ts',
    find: 'if (this.#pathsSize > this.#maxPathsSize) {',
    replace: 'if (this.#pathsSize < 0) {',
    tests: BOMBS,
  },
  {
    name: 'path index: any trees open at once',
    file: 'image-tools/path-index/walk-paths.ts',
    find: 'if (openSize > maxOpenSize) {',
    replace: 'if (openSize < 0) {',
    tests: WALK,
  },
  {
    name: 'path index: folders of any depth',
    file: 'image-tools/path-index/walk-paths.ts',
    find: 'if (frames.length > maxTreeDepth) {',
    replace: 'if (frames.length < 0) {',
    tests: WALK,
  },
  {
    name: 'image: any number of objects',
    file: 'image-tools/format/image/image.ts',
    find: 'if (objectCount > limits.maxObjects) {',
    replace: 'if (objectCount < 0) {',
    tests: LIMITS,
  },
  {
    name: 'image: a limit of undefined, which nothing exceeds',
    file: 'image-tools/format/base/limits.ts',
    find: '.filter(([, value]) => value !== undefined)',
    replace: '.filter(() => true)',
    tests: LIMITS,
  },
  {
    name: 'reader: limits that are not completed',
    file: 'guest/reader/mount/mount.ts',
    find: 'const limits = completeLimits(options.limits);',
    replace: 'const limits = { ...completeLimits(), ...options.limits };',
    tests: LIMITS,
  },
  {
    name: 'reader: limits that are no numbers',
    file: 'guest/reader/mount/mount-options.ts',
    find: 'if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {',
    replace: "if (value !== undefined && typeof value !== 'number') {",
    tests: ['test/unit/guest/reader/mount/mount-options.test.ts'],
  },
];
