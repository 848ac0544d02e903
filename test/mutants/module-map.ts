import type { Mutant } from '../fixtures/mutant.ts';

const of =
  (file: string) =>
  (name: string, find: string, replace: string): Mutant => ({
    name: `module-map: ${name}`,
    file,
    find,
    replace,
    tests: ['test/unit/guest/reader/modules/module-map.test.ts'],
  });
const map = of('guest/reader/modules/module-map.ts');
const verify = of('image-tools/verify/module-map.ts');

/** A map must not lead elsewhere than the image's folders do. */
export const mutants: Mutant[] = [
  map(
    'the map of another folder is used',
    'if (JSON.stringify(head.root) !== JSON.stringify(describeRoot(root))) return undefined;',
    '',
  ),
  map(
    'lengths that are none',
    'if (!Number.isSafeInteger(length) || length < 0) return undefined;',
    '',
  ),
  {
    ...map(
      'a file that hides another is not in the map',
      'ENDINGS.some((ending) => names.has(text + ending));',
      'false;',
    ),
    file: 'guest/reader/modules/folder-names.ts',
  },
  {
    ...map(
      'a file that is in no map is not there',
      'return MAPPED_FILE.test(name) || ENDINGS.some((ending) =>',
      'return true || ENDINGS.some((ending) =>',
    ),
    file: 'guest/reader/modules/folder-names.ts',
  },
  {
    ...map(
      'WebAssembly ends the process',
      "if (ending === '.wasm' && !isRequire) return 'wasm';",
      "if (ending === '.wasm') return 'wasm';",
    ),
    file: 'guest/host/modules/module-format.ts',
    tests: ['test/contract/image-modules.test.ts'],
  },
  {
    ...map(
      'an id is taken on trust by a reader that checks',
      'if (this.#objects.checks) return undefined;',
      '',
    ),
    file: 'guest/reader/fs/image-nodes.ts',
  },
  {
    ...map(
      'one of several objects whose ids begin alike',
      'return begins(row) && !begins(row + 1) ? row : undefined;',
      'return begins(row) ? row : undefined;',
    ),
    file: 'image-tools/format/idx/idx.ts',
    tests: ['test/unit/image-tools/format/idx/idx.test.ts'],
  },
  verify(
    'a map that lies is sound',
    'if (text !== makeMap(nodes, root, text.length)) {',
    'if (false) {',
  ),
  {
    name: 'modules: a target of exports hides that it leads out of its package',
    file: 'guest/host/modules/package-targets.ts',
    find: 'if (isOutside && rest === undefined) throw invalidTarget(place, target, key);',
    replace: '',
    tests: ['test/contract/image-modules.test.ts'],
  },
  {
    name: 'modules: a path with a zero is another path to the one who reads',
    file: 'guest/host/modules/image-files.ts',
    find: 'refuseZero(path);',
    replace: '',
    tests: ['test/contract/image-modules.test.ts'],
  },
  {
    name: 'modules: encoded slashes lead to other files',
    file: 'guest/host/modules/module-errors.ts',
    find: 'if (!/%2f|%5c/i.test(address)) return;',
    replace: 'if (asker) return;',
    tests: ['test/contract/image-modules.test.ts'],
  },
];
