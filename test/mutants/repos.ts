import type { Mutant } from '../fixtures/mutant.ts';

const LISTING = ['test/unit/image-tools/source/commit-listing.test.ts'];
const REVISIONS = ['test/e2e/git-revisions.test.ts'];
const ARCHIVES = ['test/e2e/archives.test.ts'];
const STAND_INS = ['test/e2e/git-stand-ins.test.ts'];
const ORIGINAL = ['test/interop/original-limits.test.ts'];
const ADDRESSES = ['test/unit/image-tools/source/submodule-address.test.ts'];

/** What repositories and archives are refused for, and what must not be followed. */
export const mutants: Mutant[] = [
  {
    name: 'make: a tree names a file twice',
    file: 'image-tools/source/named-objects.ts',
    find: 'if (names.has(name)) throw',
    replace: 'if (names.size < 0) throw',
    tests: LISTING,
  },
  {
    name: 'make: a file that is a folder',
    file: 'image-tools/source/commit-listing.ts',
    find: "if (type !== 'blob') throw",
    replace: "if (type === '') throw",
    tests: LISTING,
  },
  {
    name: 'make: settings of a partial clone send git elsewhere',
    file: 'image-tools/source/git-ref.ts',
    find: "env: { GIT_ALLOW_PROTOCOL: '', GIT_NO_LAZY_FETCH: '1' },",
    replace: 'env: {},',
    tests: REVISIONS,
  },
  {
    name: 'make: a folder of a commit leads out of it',
    file: 'image-tools/source/revision.ts',
    find: "if (!names.includes('..') && !folder.includes('\\0'))",
    replace: "if (!folder.includes('\\0'))",
    tests: ['test/unit/image-tools/source/revision.test.ts'],
  },
  {
    name: 'make: submodules of this machine',
    file: 'image-tools/source/expand-commit.ts',
    find: "return setting === 'always' ? {} :",
    replace: "return setting !== 'never' ? {} :",
    tests: STAND_INS,
  },
  {
    name: 'make: submodules at any address',
    file: 'image-tools/source/submodule-address.ts',
    find: 'if (resolved !== undefined && ADDRESS.test(resolved))',
    replace: 'if (resolved !== undefined)',
    tests: ADDRESSES,
  },
  {
    name: 'make: contents of Git LFS without end',
    file: 'image-tools/source/lfs-contents.ts',
    find: 'if (total > maxBytes) {',
    replace: 'if (total < 0) {',
    tests: STAND_INS,
  },
  {
    name: 'make: absolute paths in archives',
    file: 'image-tools/source/archive/entry.ts',
    find: "if (name.startsWith('/')) throw",
    replace: "if (name === '/') throw",
    tests: ARCHIVES,
  },
  {
    name: 'make: .. in archives',
    file: 'image-tools/source/archive/entry.ts',
    find: "if (names.includes('..')) throw",
    replace: "if (names[0] === '...') throw",
    tests: ARCHIVES,
  },
  {
    name: 'make: archives write through links',
    file: 'image-tools/source/archive/tree-builder.ts',
    find: 'if (next !== undefined && (path !== entry || depth < path.length - 1)) {',
    replace: 'if (next !== undefined && depth < 0) {',
    tests: ARCHIVES,
  },
  {
    name: 'make: archives unpack to any size',
    file: 'image-tools/source/archive/budget.ts',
    find: 'if (this.#made <= most) return;',
    replace: 'if (most >= 0) return;',
    tests: ARCHIVES,
  },
  {
    name: 'make: damaged contents of zips',
    file: 'image-tools/source/archive/zip.ts',
    find: 'done(sum === entry.crc32 ? null :',
    replace: 'done(sum >= 0 ? null :',
    tests: ARCHIVES,
  },
  {
    name: 'pack: trees in chains as long as those of files',
    file: 'image-tools/pack/segment-encoder.ts',
    find: 'Math.min(wanted, MAX_TREE_DEPTH)',
    replace: 'Math.min(wanted, 9 * MAX_TREE_DEPTH)',
    tests: ORIGINAL,
  },
  {
    name: "repos: the repository's own configuration tells of its worktree",
    file: 'image-tools/source/uncommitted.ts',
    find: 'GIT_INDEX_FILE: index, GIT_WORK_TREE',
    replace: 'GIT_INDEX_FILE: index, GIT_CONFIG_GLOBAL: join(found, "config"), GIT_WORK_TREE',
    tests: ['test/e2e/worktrees.test.ts'],
  },
  {
    name: 'repos: an index that seems newer than it is',
    file: 'image-tools/source/uncommitted.ts',
    find: '    utimesSync(index, atime, mtime);\n',
    replace: '',
    tests: ['test/e2e/worktrees.test.ts'],
  },
  {
    name: 'repos: a tree that verification refuses is written',
    file: 'image-tools/source/objects.ts',
    find: 'if (size > maxTreeSize) {',
    replace: 'if (false) {',
    tests: ['test/unit/image-tools/source/objects.test.ts'],
  },
  {
    name: 'repos: more trees than verification takes',
    file: 'image-tools/source/objects.ts',
    find: 'if (this.#treeBytes > maxTreesSize) {',
    replace: 'if (false) {',
    tests: ['test/unit/image-tools/source/objects.test.ts'],
  },
];
