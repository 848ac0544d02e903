import { basename } from 'node:path';

/** The value of the option --`name` of this script, a number that `pattern` allows, else exit status 64. */
export function parseNumberOption(name: string, text: string, pattern: RegExp): number {
  if (pattern.test(text)) return Number(text);
  const script = basename(process.argv[1] ?? '', '.ts');
  process.stderr.write(`${script}: --${name} must be a number, not '${text}'\n`);
  process.exit(64);
}
