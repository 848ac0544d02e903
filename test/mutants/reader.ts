import type { Mutant } from '../fixtures/mutant.ts';

const READERS = ['test/contract/readers.test.ts'];
const STREAMS = ['test/unit/image-tools/format/inflate/seekable-stream.test.ts'];
const RESTARTS = ['test/unit/image-tools/format/path-index/restarts.test.ts'];
const MISSING = ['test/contract/missing-bytes.test.ts'];
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
    find: "if (last !== after) throw new FormatError('BAD_INDEX', 'keys are not in ascending order');",
    replace:
      "if (last === undefined) throw new FormatError('BAD_INDEX', 'keys are not in ascending order');",
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
  {
    name: 'reader: any two bytes begin a zlib stream',
    file: 'image-tools/format/inflate/seekable-stream.ts',
    find: 'if (!isSound || (flags & 32) !== 0) {',
    replace: 'if (header.length !== 2) {',
    tests: STREAMS,
  },
  {
    name: 'reader: marks of a stream that failed are believed',
    file: 'image-tools/format/inflate/seekable-stream.ts',
    find: 'if (!this.#isFrozen && error instanceof FormatError) this.#forgetMarks();',
    replace: '',
    tests: STREAMS,
  },
  {
    name: 'reader: parts that refer back are restarts',
    file: 'image-tools/format/inflate/seekable-stream.ts',
    find: 'state = afresh(end.inputAt, undefined);',
    replace: 'state = end;',
    tests: STREAMS,
  },
  {
    name: 'reader: restarts outside the PACK',
    file: 'image-tools/format/path-index/restarts.ts',
    find: 'if (place <= last || place >= this.#packSpan)',
    replace: 'if (place <= last)',
    tests: RESTARTS,
  },
  {
    name: 'reader: restarts that fall',
    file: 'image-tools/format/path-index/restarts.ts',
    find: 'if (place <= last || place >= this.#packSpan)',
    replace: 'if (place >= this.#packSpan)',
    tests: RESTARTS,
  },
  {
    name: 'reader: more parts than are listed',
    file: 'image-tools/format/path-index/restarts.ts',
    find: 'if (this.#at(low + count - 1) === undefined)',
    replace: 'if (count < 0)',
    tests: RESTARTS,
  },
  {
    name: 'reader: more restarts than a block holds',
    file: 'image-tools/format/path-index/restarts.ts',
    find: 'if (count > RESTARTS_PER_BLOCK)',
    replace: 'if (count < 0)',
    tests: RESTARTS,
  },
  {
    name: 'reader: a piece that is read again need not be what it was',
    file: 'guest/reader/pack/checked-blob.ts',
    find: 'if (!equalBytes(this.#hash(piece), hash)) {',
    replace: 'if (hash.length === 0) {',
    tests: ['test/malformed/checked.test.ts'],
  },
  {
    name: 'reader: a path index of another packing is believed',
    file: 'image-tools/format/path-index/path-index.ts',
    find: '!equalBytes(footer.packChecksum, packChecksum) ||',
    replace: 'footer.packChecksum.length !== packChecksum.length ||',
    tests: FALLBACK,
  },
  {
    name: 'reader: hints are believed without a hash',
    file: 'guest/reader/layouts/lazy-layout.ts',
    find: 'if (hint !== 0 && this.#objects.hasId(hint, oid)) return hint;',
    replace: 'if (hint !== 0) return hint;',
    tests: ['test/malformed/path-index.test.ts'],
  },
  {
    name: 'reader: where bytes are missing, a large stream forgets its places',
    file: 'image-tools/format/inflate/seekable-stream.ts',
    find: 'if (!this.#isFrozen && error instanceof FormatError) this.#forgetMarks();',
    replace: 'if (!this.#isFrozen) this.#forgetMarks();',
    tests: STREAMS,
  },
  {
    name: 'reader: a pass that broke off is taken for a whole one',
    file: 'guest/reader/pack/object-reader.ts',
    find: 'if (open.isVerified) return open.blob;',
    replace: 'return open.blob;',
    tests: MISSING,
  },
  {
    name: 'reader: a pass goes on behind bytes that were wrong',
    file: 'guest/reader/pack/held-blob.ts',
    find: 'if (error instanceof FormatError) this.#pass = undefined;',
    replace: '',
    tests: ['test/unit/guest/reader/pack/held-blob.test.ts'],
  },
  {
    name: 'reader: a list that broke off is over',
    file: 'guest/reader/fs/resumed.ts',
    find: 'this.#items = undefined;',
    replace: '',
    tests: MISSING,
  },
  {
    name: 'reader: a damaged index is said with each try',
    file: 'guest/reader/mount/with-fallback.ts',
    find: 'if (!isSaid) onWarning',
    replace: 'onWarning',
    tests: MISSING,
  },
];
