import type { DescribedCommand } from '../describe.ts';
import { wordsOf } from './words.ts';

/** Completions for bash, to be sourced. */
export function bashCompletion(commands: readonly DescribedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map(
    ({ name, options }) => `    ${name}) words='${wordsOf(options)}' ;;\n`,
  );
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map(({ words, choices }) => {
        const patterns = words.map((word) => `"${name} ${word}"`).join('|');
        return `    ${patterns}) COMPREPLY=($(compgen -P "$prefix" -W '${choices.join(' ')}' -- "$current")); return ;;\n`;
      }),
  );
  return `# bash completion for docteur; source it: source <(docteur completion bash)
_docteur() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} prefix= command words
  case $1 in
    docteur.*) command=\${1#docteur.} ;;
    *) command=\${COMP_WORDS[1]} ;;
  esac
  if [[ $1 != docteur.* && $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${names} --help --version' -- "$current"))
    return
  fi
  # In --option=value, the sign is a word of its own, unless COMP_WORDBREAKS is without it.
  if [[ $current == '=' ]]; then
    current=
  elif [[ $before == '=' ]]; then
    before=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $current == --*=* ]]; then
    before=\${current%%=*} prefix=\${current%%=*}= current=\${current#*=}
  fi
  case "$command $before" in
${values.join('')}    "help "*) COMPREPLY=($(compgen -W '${names}' -- "$current")); return ;;
    "completion "*) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$current")); return ;;
  esac
  case $command in
${cases.join('')}  esac
  if [[ $current == -* ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o default -F _docteur docteur docteur.make docteur.verify docteur.index docteur.build
`;
}
