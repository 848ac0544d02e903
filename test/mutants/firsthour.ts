import type { Mutant } from '../fixtures/mutant.ts';

const LOST_BYTES = ['test/e2e/lost-bytes.test.ts'];
const OUTPUT = ['test/unit/image-tools/files/output-file.test.ts'];
const DESCRIPTORS = ['test/e2e/few-descriptors.test.ts'];

/** Names that are another file's, and what is left behind. */
export const mutants: Mutant[] = [
  {
    name: 'launcher: arguments that are not UTF-8 mean another file',
    file: 'scripts/launcher.cjs',
    find: 'if (lost >= 0)',
    replace: 'if (lost > process.argv.length)',
    tests: LOST_BYTES,
  },
  {
    name: 'make: a link to a path that is not UTF-8 means another file',
    file: 'image-tools/files/output-file.ts',
    find: 'if (isUtf8(target)) return target.toString();',
    replace: 'if (target.length > 0) return target.toString();',
    tests: LOST_BYTES,
  },
  {
    name: 'make: a mounted file is found out behind the work',
    file: 'image-tools/files/output-file.ts',
    find: 'if (isMountPoint(target)) throw mountedFile(path);',
    replace: 'if (isMountPoint(path) && target === undefined) throw mountedFile(path);',
    tests: OUTPUT,
  },
  {
    name: 'make: no descriptor is kept for cleaning up',
    file: 'image-tools/files/janitor.ts',
    find: 'const SPARE_DESCRIPTORS = 5;',
    replace: 'const SPARE_DESCRIPTORS = 0;',
    tests: DESCRIPTORS,
  },
  {
    name: 'make: nothing is cleaned up where no shell can be started',
    file: 'image-tools/files/janitor.ts',
    find: 'if (existsSync(path)) rmSync(',
    replace: "if (path === '') rmSync(",
    tests: DESCRIPTORS,
  },
  {
    name: 'glob: a set matches a slash',
    file: 'image-tools/source/glob.ts',
    find: 'byte !== SLASH && bytes.has(byte) === wanted',
    replace: 'bytes.has(byte) === wanted',
    tests: ['test/unit/image-tools/source/glob.test.ts'],
  },
];
