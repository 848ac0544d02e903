import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { UsageError } from '../app/options.ts';

/**
 * Refuses arguments that are not UTF-8: what Node decodes them to is the name of another file.
 * @throws UsageError
 */
export function checkArguments(args: readonly string[]): void {
  const lost = args.findIndex((argument) => argument.includes('\ufffd') && !isGenuine(argument));
  if (lost < 0) return;
  throw new UsageError(`argument ${lost + 1} is not UTF-8, and paths must be: rename the file`);
}

/** Whether the character that stands for lost bytes was typed. */
function isGenuine(argument: string): boolean {
  try {
    return readFileSync('/proc/self/cmdline').includes(Buffer.from(`\0${argument}\0`));
  } catch {
    return false;
  }
}
