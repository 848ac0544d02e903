import { ToolError } from '../base/errors.ts';
import { checkOption, isWholeNumber, wrongOption } from '../base/option-check.ts';
import { DISK_FORMATS } from '../disk/disk-format.ts';
import type { Level } from '../pack/levels.ts';
import type { MakeOptions } from './make-options.ts';

type Name = keyof MakeOptions;

const LEVELS: Readonly<Record<Level, true>> = { fast: true, default: true, best: true };
const TEXTS: readonly Name[] = ['ref', 'subtree', 'message', 'from'];
const FLAGS: readonly Name[] = [
  'compat',
  'strict',
  'keepPack',
  'noIndex',
  'lfs',
  'submodules',
  'web',
  'moduleMap',
  'trustFrom',
];
const FUNCTIONS: readonly Name[] = ['onWarning', 'onProgress'];
/** Whole numbers, with the least and the most that make sense. */
const NUMBERS: readonly [Name, least: number, most: number][] = [
  ['blockSize', 1, Number.MAX_SAFE_INTEGER],
  ['window', 1, 1000],
  ['depth', 0, 4095],
  ['readCost', 0, 100_000],
  ['jobs', 1, 256],
  ['timeout', 0, 86_400],
  ['maxTime', 0, Number.MAX_SAFE_INTEGER],
  ['maxPack', 0, Number.MAX_SAFE_INTEGER],
  ['maxSize', 0, Number.MAX_SAFE_INTEGER],
];

/**
 * Refuses options that no type-checked caller gives: a misspelt level would be the default's, a number in
 * text another one.
 * @throws ToolError USAGE
 */
export function checkOptions(options: MakeOptions): void {
  for (const name of ['source', 'image'] as const) {
    if (typeof options[name] !== 'string') throw wrongOption(name, 'a string', options[name]);
  }
  for (const name of TEXTS)
    checkOption(options, name, 'a string', (value) => typeof value === 'string');
  for (const name of FLAGS)
    checkOption(options, name, 'a boolean', (value) => typeof value === 'boolean');
  for (const name of FUNCTIONS) {
    checkOption(options, name, 'a function', (value) => typeof value === 'function');
  }
  for (const [name, least, most] of NUMBERS) {
    checkOption(options, name, `a whole number from ${least} to ${most}`, (value) =>
      isWholeNumber(value, least, most),
    );
  }
  if (options.trustFrom && options.from === undefined) {
    throw new ToolError('USAGE', '--trust-from is about the older image: name it with --from');
  }
  checkOneOf(options, 'format', DISK_FORMATS);
  checkOneOf(options, 'level', Object.keys(LEVELS));
  checkOption(options, 'exclude', 'an array of globs', isArrayOfTexts);
  checkOption(options, 'date', '{ seconds, zone }', isDate);
  checkOption(options, 'signal', 'an AbortSignal', (value) => value instanceof AbortSignal);
}

function checkOneOf(options: MakeOptions, name: Name, known: readonly string[]): void {
  checkOption(options, name, `one of ${known.join(', ')}`, (value) =>
    known.includes(value as string),
  );
}

function isArrayOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isDate(value: unknown): boolean {
  const { seconds, zone } = (value ?? {}) as Record<string, unknown>;
  return Number.isSafeInteger(seconds) && typeof zone === 'string';
}
