import type { DescribedCommand, DescribedOption } from '../describe.ts';
import { quote } from './words.ts';

const ESCAPED = "\\'";

/** Completions for fish: a file `docteur.fish` among its completions, or sourced. */
export function fishCompletion(commands: readonly DescribedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = commands.map(({ name, summary }) => {
    return `complete -c docteur -n "not __fish_seen_subcommand_from $names" -f -a ${name} -d ${text(summary)}\n`;
  });
  const options = commands.flatMap(({ name, options }) => options.map((o) => lineOf(name, o)));
  return `# fish completion for docteur: docteur completion fish > ~/.config/fish/completions/docteur.fish
set -l names ${names}
${lines.join('')}complete -c docteur -n "__fish_seen_subcommand_from help" -f -a "$names"
complete -c docteur -n "__fish_seen_subcommand_from completion" -f -a "bash zsh fish"
${options.join('')}`;
}

function lineOf(name: string, { words, takesValue, choices, text: explained }: DescribedOption) {
  const flags = words.map((word) => {
    if (word.startsWith('--')) return `-l ${quote(word.slice(2).replace(/=$/, ''), ESCAPED)}`;
    return `-s ${word.slice(1)}`;
  });
  const value = takesValue ? ' -r' : '';
  const among = choices.length > 0 ? ` -f -a "${choices.join(' ')}"` : '';
  return `complete -c docteur -n "__fish_seen_subcommand_from ${name}" ${flags.join(' ')}${value}${among} -d ${text(explained)}\n`;
}

function text(words: string): string {
  return quote(words.replaceAll('\\', '\\\\'), ESCAPED);
}
