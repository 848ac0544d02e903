import type { Mutant } from '../fixtures/mutant.ts';

const READERS = ['test/contract/readers.test.ts'];
const FALLBACK = ['test/contract/index-fallback.test.ts'];

/** What readers refuse, and what they must not mix up. */
export const mutants: Mutant[] = [
  {
    name: 'reader: a name may lead elsewhere',
    file: 'guest/reader/fs/image-nodes.ts',
    find: 'if (!isEntryName(name)) return undefined;',
    replace: 'if (name.length === 1e9) return undefined;',
    tests: ['test/malformed/path-index.test.ts'],
  },
  {
    name: 'reader: fractions are numbers of nodes',
    file: 'image-tools/format/path-index/path-index.ts',
    find: '!Number.isSafeInteger(position) || position < 0',
    replace: 'position < 0',
    tests: READERS,
  },
  {
    name: 'reader: a damaged leaf is an error of whoever asks for a number',
    file: 'image-tools/format/path-index/path-index.ts',
    find: "if (error instanceof FormatError && error.code === 'BAD_INDEX') return undefined;",
    replace: "if (error instanceof FormatError && error.code === 'BAD_ZLIB') return undefined;",
    tests: READERS,
  },
  {
    name: 'reader: lists by pages take keys that do not rise',
    file: 'image-tools/format/path-index/path-index.ts',
    find: "if (last !== after) throw new FormatError('BAD_INDEX', 'keys that do not rise');",
    replace: "if (last === undefined) throw new FormatError('BAD_INDEX', 'keys that do not rise');",
    tests: ['test/malformed/path-index.test.ts'],
  },
  {
    name: 'reader: nodes without end are numbered',
    file: 'guest/reader/layouts/node-numbers.ts',
    find: 'if (row >= this.#maxRows)',
    replace: 'if (row < 0)',
    tests: ['test/unit/guest/reader/layouts/node-numbers.test.ts'],
  },
  {
    name: 'reader: offsets that are no byte counts',
    file: 'guest/reader/fs/image-nodes.ts',
    find: '&& offset >= 0 && length >= 0',
    replace: '&& offset >= 0',
    tests: READERS,
  },
  {
    name: 'reader: a link is data',
    file: 'guest/reader/fs/image-nodes.ts',
    find: "return kind === 'file' || kind === 'executable';",
    replace: "return kind !== 'directory' && kind !== 'submodule';",
    tests: READERS,
  },
  {
    name: 'reader: a closed file is read',
    file: 'guest/reader/fs/open-file.ts',
    find: 'if (this.#isOpen) return this.#node;',
    replace: 'if (this.#path !== undefined) return this.#node;',
    tests: READERS,
  },
  {
    name: 'reader: a damaged index is given up without a word',
    file: 'guest/reader/mount/with-fallback.ts',
    find: 'onWarning(`',
    replace: 'Boolean(`',
    tests: FALLBACK,
  },
  {
    name: 'reader: entries named .. are entries',
    file: 'guest/reader/fs/path.ts',
    find: 'if (end === 0 || isDot(name, 0, end) || isDotDot(name, 0, end)) return false;',
    replace: 'if (end === 0) return false;',
    tests: ['test/unit/guest/reader/fs/path.test.ts'],
  },
];
