import type { Mutant } from '../fixtures/mutant.ts';

const PLAIN = ['test/unit/image-tools/format/base/plain-text.test.ts'];
const TERMINAL = ['test/e2e/terminal.test.ts'];
const FILE = 'image-tools/format/base/plain-text.ts';

/** Words of strangers, and the terminal. */
export const mutants: Mutant[] = [
  ...['\\p{Cc}', '\\p{Cf}', '\\p{Cs}', '\\p{Zl}', '\\p{Default_Ignorable_Code_Point}'].map(
    (kind) => ({
      name: `terminal: characters of the kind ${kind.slice(3, -1)}`,
      file: FILE,
      find: kind,
      replace: '',
      tests: PLAIN,
    }),
  ),
  {
    name: 'terminal: JSON as it is',
    file: FILE,
    find: 'return replaceNotPlain(JSON.stringify(value), (character) =>',
    replace: 'return JSON.stringify(value).replace(/(?!)/g, (character) =>',
    tests: PLAIN,
  },
  {
    name: 'terminal: the commit as it is',
    file: 'image-tools/docteur/commands/verify.ts',
    find: 'process.stdout.isTTY === true',
    replace: 'process.stdout.isTTY === undefined',
    tests: TERMINAL,
  },
  {
    name: 'terminal: messages as they are',
    file: 'image-tools/docteur/run-command.ts',
    find: 'return toOneLine(error instanceof Error ? error.message : String(error));',
    replace: 'return error instanceof Error ? error.message : String(error);',
    tests: TERMINAL,
  },
  {
    name: 'terminal: stacks as they are',
    file: 'image-tools/docteur/run-command.ts',
    find: 'toPlainText(stackOf(error))',
    replace: 'stackOf(error)',
    tests: TERMINAL,
  },
  {
    name: 'terminal: warnings as they are',
    file: 'image-tools/docteur/run-command.ts',
    find: 'const line = toOneLine(text);',
    replace: 'const line = text;',
    tests: TERMINAL,
  },
];
