import type { DescribedCommand, DescribedOption } from '../describe.ts';
import { quote } from './words.ts';

const ESCAPED = "'\\''";

/** Completions for zsh: a file `_docteur` of a folder in `fpath`, or sourced after `compinit`. */
export function zshCompletion(commands: readonly DescribedCommand[]): string {
  const names = commands.map(({ name, summary }) => quote(`${name}:${summary}`, ESCAPED));
  const cases = commands.map(({ name, options }) => {
    const operands = name === 'help' ? '1:command:_docteur_commands' : operandsOf(name);
    const specs = options.flatMap(specsOf);
    return `    ${name})\n      _arguments -s \\\n${[...specs, `'${operands}'`].map((spec) => `        ${spec}`).join(' \\\n')}\n      ;;\n`;
  });
  return `#compdef docteur
# zsh completion for docteur: docteur completion zsh > some/folder/of/fpath/_docteur
_docteur_commands() {
  local -a commands=(
${names.map((name) => `    ${name}\n`).join('')}  )
  _describe command commands
}
_docteur() {
  if (( CURRENT == 2 )); then
    _docteur_commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('')}  esac
}
compdef _docteur docteur
`;
}

function operandsOf(name: string): string {
  return name === 'completion' ? '1:shell:(bash zsh fish)' : '*:file:_files';
}

function specsOf({ words, takesValue, choices, text }: DescribedOption): string[] {
  const explained = text.replace(/[[\]:\\]/g, '\\$&');
  const value = choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files';
  return words.map((word) => {
    const joined = word.endsWith('=') || word.endsWith(':') ? '-' : '';
    const plain = word.replace(/[:]/g, '\\$&');
    return quote(`*${plain}${joined}[${explained}]${takesValue ? value : ''}`, ESCAPED);
  });
}
