import { basename } from 'node:path';

/** The value of the option --`name` of this script: a number of decimal digits, else exit status 64. */
export function parseNumberOption(name: string, text: string): number {
  if (/^[0-9]{1,10}(\.[0-9]+)?$/.test(text)) return Number(text);
  const script = basename(process.argv[1] ?? '', '.ts');
  process.stderr.write(`${script}: --${name} must be a number, not '${text}'\n`);
  process.exit(64);
}
