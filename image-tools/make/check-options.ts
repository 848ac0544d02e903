import { ToolError } from '../base/errors.ts';
import { DISK_FORMATS } from '../disk/disk-format.ts';
import type { Level } from '../pack/levels.ts';
import type { MakeOptions } from './make-options.ts';

type Name = keyof MakeOptions;

const LEVELS: Readonly<Record<Level, true>> = { fast: true, default: true, best: true };
const TEXTS: readonly Name[] = ['ref', 'subtree', 'message'];
const FLAGS: readonly Name[] = [
  'compat',
  'strict',
  'keepPack',
  'noIndex',
  'lfs',
  'submodules',
  'web',
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
    if (typeof options[name] !== 'string') throw wrong(options, name, 'a text');
  }
  for (const name of TEXTS) check(options, name, 'a text', (value) => typeof value === 'string');
  for (const name of FLAGS)
    check(options, name, 'a boolean', (value) => typeof value === 'boolean');
  for (const name of FUNCTIONS) {
    check(options, name, 'a function', (value) => typeof value === 'function');
  }
  for (const [name, least, most] of NUMBERS) {
    const inRange = (value: unknown) =>
      Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
    check(options, name, `a whole number from ${least} to ${most}`, inRange);
  }
  checkOneOf(options, 'format', DISK_FORMATS);
  checkOneOf(options, 'level', Object.keys(LEVELS));
  check(options, 'exclude', 'an array of globs', isArrayOfTexts);
  check(options, 'date', '{ seconds, zone }', isDate);
  check(options, 'signal', 'an AbortSignal', (value) => value instanceof AbortSignal);
}

function checkOneOf(options: MakeOptions, name: Name, known: readonly string[]): void {
  check(options, name, `one of ${known.join(', ')}`, (value) => known.includes(value as string));
}

function check(
  options: MakeOptions,
  name: Name,
  words: string,
  isRight: (value: unknown) => boolean,
): void {
  if (options[name] !== undefined && !isRight(options[name])) throw wrong(options, name, words);
}

function wrong(options: MakeOptions, name: Name, words: string): ToolError {
  const value = options[name];
  const given = typeof value === 'string' ? `'${value}'` : String(value);
  return new ToolError('USAGE', `option '${name}' must be ${words}, not ${given}`);
}

function isArrayOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isDate(value: unknown): boolean {
  const { seconds, zone } = (value ?? {}) as Record<string, unknown>;
  return Number.isSafeInteger(seconds) && typeof zone === 'string';
}
