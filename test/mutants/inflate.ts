import type { Mutant } from '../fixtures/mutant.ts';

const INFLATER = ['test/contract/inflater.test.ts'];
const FAULTS = ['test/unit/image-tools/format/inflate/inflate-wasm.test.ts'];
const DECODERS = ['test/unit/image-tools/format/inflate/entry-decoder.test.ts'];

const mutant = (
  name: string,
  file: string,
  find: string,
  replace: string,
  tests: string[],
): Mutant => ({
  name: `inflate: ${name}`,
  file: `image-tools/format/wasm/objects/${file}`,
  find,
  replace,
  tests,
});

/** Each check of the inflater in WebAssembly, and of what applies deltas there. */
export const mutants: Mutant[] = [
  mutant(
    'a match may begin before the output',
    'fast-loop.ts',
    'if (distance > o - first) {',
    'if (distance > o) {',
    FAULTS,
  ),
  mutant(
    'input is read beyond what is at hand',
    'fast-loop.ts',
    'if (a > lastAt) break;',
    'if (a > lastAt + 64) break;',
    INFLATER,
  ),
  mutant(
    'output is written beyond its limit',
    'fast-loop.ts',
    'if (o > full) break;',
    'if (o > full + 0x100000) break;',
    INFLATER,
  ),
  mutant(
    'an unused distance is one',
    'fast-loop.ts',
    'if (code & SPECIAL) {\n        fail(UNUSED_DISTANCE);',
    'if (code & SECOND) {\n        fail(UNUSED_DISTANCE);',
    FAULTS,
  ),
  mutant(
    'an unused literal ends the block',
    'fast-loop.ts',
    'if (!(entry & END)) {',
    'if (entry & SECOND) {',
    FAULTS,
  ),
  mutant(
    'code lengths go on behind the last',
    'dynamic.ts',
    'times > stop - to',
    'times > stop',
    FAULTS,
  ),
  mutant(
    'nothing is repeated',
    'dynamic.ts',
    'value > MAX_LENGTH ||',
    'value > NO_LENGTH ||',
    FAULTS,
  ),
  mutant(
    'a code may be incomplete',
    'huffman.ts',
    'if (!mayBeSingle || longest > 1) return -1;',
    'if (!mayBeSingle) return -1;',
    FAULTS,
  ),
  mutant(
    'a code may have too many symbols',
    'huffman.ts',
    'if (left < 0) return -1;',
    'if (left < -1000) return -1;',
    FAULTS,
  ),
  mutant(
    'the tables of a block pass for the fixed ones',
    'fixed.ts',
    'isLoaded = false;\n}',
    'isLoaded = isLoaded && true;\n}',
    INFLATER,
  ),
  mutant(
    'an object may lie outside the memory',
    'room.ts',
    'stop > (<u64>memory.size()) << 16',
    'stop < 0',
    DECODERS,
  ),
  mutant(
    'a copy goes on behind its delta',
    'delta.ts',
    'if (given > end - i) fail(COPY_ENDS);',
    'if (given > 7) fail(COPY_ENDS);',
    DECODERS,
  ),
  mutant(
    'a copy reaches outside its base',
    'delta.ts',
    'if (length > size || from > size - length || length > stop - to)',
    'if (length > size || length > stop - to)',
    DECODERS,
  ),
  mutant(
    'a copy makes more than was promised',
    'delta.ts',
    'from > size - length || length > stop - to)',
    'from > size - length)',
    DECODERS,
  ),
  mutant(
    'own bytes are taken from behind the delta',
    'delta.ts',
    'if (op > end - i || op > stop - to)',
    'if (op > stop - to)',
    DECODERS,
  ),
  mutant(
    'own bytes are more than was promised',
    'delta.ts',
    'if (op > end - i || op > stop - to)',
    'if (op > end - i)',
    DECODERS,
  ),
];
