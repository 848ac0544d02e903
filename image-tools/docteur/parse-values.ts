import { InvalidArgumentError } from 'commander';

/** A number of bytes, with K, M, G or T for powers of 1,024. */
export function parseByteCount(text: string): number {
  const [, digits, unit = ''] = /^([1-9]\d{0,12})([KMGT]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * 1024 ** ' KMGT'.indexOf(unit.toUpperCase() || ' ');
  if (digits !== undefined && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('Not a number of bytes, such as 500M or 20G.');
}

/** A parser of whole numbers from `least` to `most`. */
export function parseCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (count >= least && count <= most) return count;
    throw new InvalidArgumentError(`Not a number from ${least} to ${most}.`);
  };
}

/** Gathers the values of an option that may be repeated. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
