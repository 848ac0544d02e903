import type { Mutant } from '../fixtures/mutant.ts';

const MALFORMED = ['test/malformed/elf.test.ts'];
const SYMBOLS = ['test/unit/tender/guests/elf/symbols.test.ts'];
const GUESTS = ['test/unit/tender/monitors/index.test.ts'];
const ATTACHED = ['test/unit/tender/guests/elf/attached-manifest.test.ts'];

const elf = (
  name: string,
  file: string,
  find: string,
  replace: string,
  tests: readonly string[] = MALFORMED,
): Mutant => ({ name: `elf: ${name}`, file: `tender/guests/elf/${file}.ts`, find, replace, tests });

/** What is checked of a unikernel's file before anything of it is run. */
export const mutants: Mutant[] = [
  elf(
    'parts behind the file',
    'elf-source',
    'if (offset + length <= source.size) {',
    'if (true) {',
  ),
  elf('headers of any size', 'header', 'u16(52) === HEADER_BYTES && ', ''),
  elf('program headers of any size', 'header', ' && u16(54) === PROGRAM_HEADER_BYTES', ''),
  elf('any type of file', 'header', 'u16(16) === EXECUTABLE', 'true'),
  elf('any machine', 'header', 'u16(18) === X86_64', 'true'),
  elf('any class and order', 'header', 'view.getUint8(CLASS) === CLASS_64', 'true'),
  elf(
    'notes larger than their segment',
    'notes',
    'if (header.fileSize < NOTE_HEADER + size) {',
    'if (false) {',
  ),
  elf('notes of any size', 'notes', ' || size > most', ''),
  elf('notes smaller than any', 'notes', 'if (header.fileSize < PLAIN_HEADER) {', 'if (false) {'),
  elf('notes of anybody', 'notes', ' && name === NAME', ''),
  elf('any target', 'abi-note', 'if (number !== HVT && number !== SPT) {', 'if (false) {'),
  elf('any version of the ABI', 'abi-note', 'if (version !== VERSION) {', 'if (false) {'),
  elf('names that a terminal obeys', 'manifest-note', 'if (!NAME.test(name))', 'if (false)'),
  elf(
    'names without an end',
    'manifest-note',
    'if (note.getUint8(at + ENTRY.NAME_BYTES - 1) !== 0) {',
    'if (false) {',
  ),
  elf(
    'devices that claim to be attached',
    'manifest-note',
    'if (note.getUint8(at + ENTRY.ATTACHED) !== 0) {',
    'if (false) {',
  ),
  elf(
    'two devices of one name',
    'manifest-note',
    'if (devices.some(({ name }) => name === device.name)) {',
    'if (false) {',
  ),
  elf(
    'more entries than there are',
    'manifest-note',
    'entries < 1 || entries > MAX_ENTRIES',
    'entries < 1',
  ),
  elf(
    'a manifest of another size',
    'manifest-note',
    'if (byteLength !== MANIFEST_HEADER + entries * ENTRY.BYTES) {',
    'if (false) {',
  ),
  elf(
    'an entry outside of memory',
    'segments',
    'if (entry < LEAST_ADDRESS || entry >= memory) {',
    'if (entry < LEAST_ADDRESS) {',
  ),
  elf(
    'an entry below all code',
    'segments',
    'if (entry < LEAST_ADDRESS || entry >= memory) {',
    'if (entry >= memory) {',
  ),
  ...[
    'if (address < LEAST_ADDRESS) refuse',
    'if (address < before.address) refuse',
    'if (!isPowerOfTwo(align)) refuse',
    'if (start < before.end) refuse',
    'if (address >= memory) refuse',
    'if (address + fileSize > memory) refuse',
    'if (end > memory) refuse',
    'if (start % PAGE !== 0 || end % PAGE !== 0) refuse',
    'if ((flags & (PF_W | PF_X)) === (PF_W | PF_X)) refuse',
  ].map((check) =>
    elf(
      `without ${check.slice(3, -7)}`,
      'segments',
      check,
      check.replace(/^if \(/, 'if (false && '),
    ),
  ),
  elf('start below the least address', 'segments', 'if (start < LEAST_ADDRESS) {', 'if (false) {'),
  elf('less memory than bytes', 'segments', 'if (memorySize < fileSize) {', 'if (false) {'),
  elf('segments behind the file', 'segments', 'if (offset + fileSize > size) {', 'if (false) {'),
  elf(
    'symbols that a terminal obeys',
    'symbols',
    'return NAME.test(name)',
    'return name !== undefined',
    SYMBOLS,
  ),
  elf('symbols behind the file', 'symbols', ' || offset + length > source.size', '', SYMBOLS),
  elf('a pipe as a unikernel', 'elf-reader', 'if (!stats.isFile()) {', 'if (false) {', GUESTS),
  elf(
    "a manifest with a file's bytes between",
    'attached-manifest',
    'copy.fill(0, at + CAPACITY, at + FD);',
    '',
    ATTACHED,
  ),
];
