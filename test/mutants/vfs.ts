import type { Mutant } from '../fixtures/mutant.ts';

const packages = (name: string, find: string, replace: string): Mutant => ({
  name: `vfs: ${name}`,
  file: 'guest/host/vfs/remembered-packages.ts',
  find,
  replace,
  tests: ['test/unit/guest/host/vfs/remembered-packages.test.ts'],
});

/** What is remembered of an image is the image's alone, and bounded. */
export const mutants: Mutant[] = [
  packages(
    "a caller changes what the next one gets for a package.json's text",
    'return Buffer.from(remembered.content);',
    'return remembered.content;',
  ),
  packages(
    'a caller changes what the next one gets for its stats',
    'return Object.assign(Object.create(Object.getPrototypeOf(found)), found);',
    'return found;',
  ),
  packages(
    'a read that failed once fails for good',
    "if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;",
    '',
  ),
  packages('paths without end', 'known.size >= MAX_PATHS', 'false'),
  packages('a long text is kept', 'found.size > MAX_FILE', 'false'),
  packages('texts without end', 'held > MAX_HELD', 'false'),
];
