import type { Mutant } from '../fixtures/mutant.ts';

const HOSTILE = ['test/unit/image-tools/look/hostile-extract.test.ts'];
const EXTRACT = ['test/e2e/docteur-extract.test.ts'];
const LISTED = ['test/unit/image-tools/format/path-index/path-lister.test.ts'];
const LISTER = 'image-tools/format/path-index/path-lister.ts';
const PLACEMENT = 'image-tools/look/extract/placement.ts';

/** What keeps an extraction inside its folder, and what was there as it was. */
export const mutants: Mutant[] = [
  {
    name: 'extract: through links of the folder',
    file: PLACEMENT,
    find: "new FolderReader(to.location, to.identity, 'refuse')",
    replace: "new FolderReader(to.location, to.identity, 'follow')",
    tests: HOSTILE,
  },
  {
    name: 'extract: what appears meanwhile is replaced',
    file: PLACEMENT,
    find: 'this.#staging.link(unit, folder, name);',
    replace: 'this.#staging.rename(unit, folder, name); return;',
    tests: HOSTILE,
  },
  {
    name: 'extract: a link where a folder is to be is entered',
    file: PLACEMENT,
    find: "if (stats?.isDirectory()) return { kind: 'there' };",
    replace: "if (stats?.isDirectory() || stats?.isSymbolicLink()) return { kind: 'there' };",
    tests: EXTRACT,
  },
  {
    name: 'extract and tar: targets with a NUL',
    file: 'image-tools/look/link-target.ts',
    find: 'if (!target.includes(0)) return target;',
    replace: 'return target;',
    tests: HOSTILE,
  },
  {
    name: 'extract and tar: targets of any length',
    file: 'image-tools/look/link-target.ts',
    find: 'const isSized = size > 0 && size <= MAX_TARGET;',
    replace: 'const isSized = size > 0;',
    tests: HOSTILE,
  },
  {
    name: 'extract: a file that is there is opened',
    file: 'image-tools/look/extract/write-files.ts',
    find: 'O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0)',
    replace: 'O_WRONLY | O_CREAT',
    tests: ['test/unit/image-tools/look/write-files.test.ts'],
  },
  {
    name: 'extract: bytes without end',
    file: 'image-tools/look/extract/write-files.ts',
    find: 'if (bytes > maxBytes) {',
    replace: 'if (bytes < 0) {',
    tests: EXTRACT,
  },
  {
    name: "extract: a repository's own folder",
    file: 'image-tools/look/extract/unsafe-name.ts',
    find: `return "a Git repository's own data";`,
    replace: 'return undefined;',
    tests: HOSTILE,
  },
  {
    name: "extract: what is in a repository's own folder",
    file: 'image-tools/look/extract/extract.ts',
    find: 'if (below !== undefined && Buffer.compare',
    replace: 'if (below !== undefined && !path && Buffer.compare',
    tests: HOSTILE,
  },
  {
    name: 'extract: the folders of a failure stay',
    file: 'image-tools/files/staging.ts',
    find: 'if (!isDone) made.remove();',
    replace: '',
    tests: HOSTILE,
  },
  {
    name: 'extract: what was there before is removed as a folder that was made',
    file: 'image-tools/files/made-folders.ts',
    find: "if (isSystemError(error, 'EEXIST')) return false;",
    replace: "if (isSystemError(error, 'EEXIST')) return true;",
    tests: ['test/unit/image-tools/files/made-folders.test.ts'],
  },
  {
    name: 'browse: files appear before all are complete',
    file: 'image-tools/files/write-together.ts',
    find: 'const fd = staging.file(name, O_WRONLY | O_CREAT | O_EXCL);',
    replace: 'const fd = to.file(name, O_WRONLY | O_CREAT);',
    tests: ['test/e2e/full-disks.test.ts'],
  },
  {
    name: 'extract: others may enter the staging folder',
    file: 'image-tools/files/staging.ts',
    find: 'to.makeFolder(Buffer.from(name), 0o700);',
    replace: 'to.makeFolder(Buffer.from(name), 0o777);',
    tests: ['test/unit/image-tools/look/write-files.test.ts'],
  },
  {
    name: 'walk: paths without end',
    file: 'image-tools/look/path-budget.ts',
    find: 'if (this.#paths > FREE_PATHS + PATHS_PER_ENTRY * this.#distinct) {',
    replace: 'if (this.#paths < 0) {',
    tests: ['test/unit/image-tools/look/walk-nodes.test.ts'],
  },
  {
    name: 'walk: folders nested without end',
    file: 'image-tools/look/walk-nodes.ts',
    find: 'if (stack.length >= maxTreeDepth) {',
    replace: 'if (stack.length < 0) {',
    tests: ['test/unit/image-tools/look/walk-nodes.test.ts'],
  },
  {
    name: 'paths: names that lead elsewhere',
    file: LISTER,
    find: 'if (byte === SLASH || byte === NUL) {',
    replace: 'if (byte === NUL) {',
    tests: LISTED,
  },
  {
    name: 'paths: the names . and ..',
    file: LISTER,
    find: 'if (path[pathLength] === DOT && ',
    replace: 'if (path[pathLength] === NUL && ',
    tests: LISTED,
  },
  {
    name: 'paths: names that do not rise',
    file: LISTER,
    find: 'if (order < 0) throw unsorted();',
    replace: 'if (order < 0) rises = true; else',
    tests: ['test/malformed/path-index.test.ts'],
  },
  {
    name: 'paths: folders nested without end',
    file: LISTER,
    find: 'if (this.#stack.length >= this.#maxDepth) {',
    replace: 'if (this.#stack.length < 0) {',
    tests: LISTED,
  },
  {
    name: 'paths: what an index gave before it broke off is given twice',
    file: 'guest/reader/mount/with-fallback.ts',
    find: 'const done = Math.min(given, piece.length);',
    replace: 'const done = Math.min(0, piece.length);',
    tests: ['test/contract/index-fallback.test.ts'],
  },
  {
    name: 'extract: what is found by its place is not compared with its id',
    file: 'guest/reader/fs/image-nodes.ts',
    find: 'return this.#view(place, this.#objects.checks ? id : undefined, offset, length);',
    replace:
      'return this.#objects.checks ? this.#objects.readEntry(place).content : this.#view(place, undefined, offset, length);',
    tests: HOSTILE,
  },
  {
    name: 'extract: of an image whose commit is given, nothing is compared with its id',
    file: 'image-tools/look/extract/extract.ts',
    find: 'options.check === true || commit !== undefined',
    replace: 'options.check === true',
    tests: EXTRACT,
  },
];
