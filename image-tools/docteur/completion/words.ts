import type { DescribedOption } from '../describe.ts';

/** All words of some options, as a shell's list. */
export function wordsOf(options: readonly DescribedOption[]): string {
  return options.flatMap(({ words }) => words).join(' ');
}

/** A text in single quotes, for zsh and fish, which differ in how they escape one. */
export function quote(text: string, escaped: string): string {
  return `'${text.replaceAll("'", escaped)}'`;
}
