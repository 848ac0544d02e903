import { ToolError } from './errors.ts';

/** Refuses an option that is given, and not as it should be. @throws ToolError USAGE */
export function checkOption<Options extends object>(
  options: Options,
  name: keyof Options & string,
  words: string,
  isRight: (value: unknown) => boolean,
): void {
  if (options[name] !== undefined && !isRight(options[name])) {
    throw wrongOption(name, words, options[name]);
  }
}

/** The refusal of an option; `words` say what it must be. */
export function wrongOption(name: string, words: string, value: unknown): ToolError {
  const given = typeof value === 'string' ? `'${value}'` : String(value);
  return new ToolError('USAGE', `option '${name}' must be ${words}, not ${given}`);
}

/** Whether a value is a whole number within bounds. */
export function isWholeNumber(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** Refuses what is not a string as the path of an image. @throws ToolError USAGE */
export function checkImagePath(path: unknown): void {
  if (typeof path === 'string') return;
  throw new ToolError('USAGE', `the path of an image must be a string, not ${String(path)}`);
}

/** Refuses unknown limits: with a misspelt name, the default would stay in force. @throws ToolError USAGE */
export function checkLimits(limits: unknown, known: object): void {
  if (limits === undefined) return;
  if (typeof limits !== 'object' || limits === null)
    throw wrongOption('limits', 'an object', limits);
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(known, name)) {
      const names = Object.keys(known).join(', ');
      throw new ToolError(
        'USAGE',
        `option 'limits' has an unknown name '${name}': it takes ${names}`,
      );
    }
    const most = Number.MAX_SAFE_INTEGER;
    if (value !== undefined && !isWholeNumber(value, 0, most)) {
      throw wrongOption(`limits.${name}`, 'a whole number', value);
    }
  }
}
