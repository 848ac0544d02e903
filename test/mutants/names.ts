import type { Mutant } from '../fixtures/mutant.ts';

const LOST_BYTES = ['test/e2e/lost-bytes.test.ts'];
const OUTPUT = ['test/unit/image-tools/files/output-file.test.ts'];
const MAPS = ['test/unit/tender/guests/source-map.test.ts'];
const JANITOR = ['test/unit/image-tools/files/janitor.test.ts'];
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
    file: 'image-tools/files/output-place.ts',
    find: 'if (isUtf8(target)) return target.toString();',
    replace: 'if (target.length > 0) return target.toString();',
    tests: LOST_BYTES,
  },
  {
    name: 'make: a mounted file is found out behind the work',
    file: 'image-tools/files/output-place.ts',
    find: 'if (stats !== undefined && isMountPoint(',
    replace: 'if (stats === undefined && isMountPoint(',
    tests: OUTPUT,
  },
  {
    name: 'make: no descriptor is kept for cleaning up',
    file: 'image-tools/files/janitor.ts',
    find: 'const SPARE_DESCRIPTORS = 5;',
    replace: 'const SPARE_DESCRIPTORS = 0;',
    tests: JANITOR,
  },
  {
    name: 'make: nothing is cleaned up where no shell can be started',
    file: 'image-tools/files/janitor.ts',
    find: 'if (existsSync(path)) rmSync(',
    replace: "if (path === '') rmSync(",
    tests: DESCRIPTORS,
  },
  {
    name: 'tender: source maps of any size are read',
    file: 'tender/guests/source-map.ts',
    find: 'stat.size > MAX_BYTES',
    replace: 'stat.size < 0',
    tests: MAPS,
  },
  {
    name: 'tender: a FIFO in the place of a source map is waited for',
    file: 'tender/guests/source-map.ts',
    find: 'constants.O_RDONLY | constants.O_NONBLOCK',
    replace: 'constants.O_RDONLY',
    tests: MAPS,
  },
  {
    name: 'tender: a source map speaks to the terminal',
    file: 'tender/guests/guest-places.ts',
    find: 'cleanText(found.translate(frame))',
    replace: 'found.translate(frame)',
    tests: MAPS,
  },
  {
    name: 'program: arguments that are not UTF-8 mean another file',
    file: 'guest/host/lost-bytes.ts',
    find: 'if (lost < 0) return;',
    replace: 'if (lost < 9) return;',
    tests: LOST_BYTES,
  },
  {
    name: 'glob: a set matches a slash',
    file: 'image-tools/source/glob.ts',
    find: 'byte !== SLASH && bytes.has(byte) === wanted',
    replace: 'bytes.has(byte) === wanted',
    tests: ['test/unit/image-tools/source/glob.test.ts'],
  },
];
