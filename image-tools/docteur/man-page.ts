import { sentence, trimLines } from './commander-command.ts';
import type { DescribedCommand } from './describe.ts';
import { exitCodesOf } from './exit-codes-text.ts';

/** The manual page of a command, as man(7) writes them: `docteur-ls.1`. */
export function manPage(command: DescribedCommand, version: string): string {
  const { name, summary, declaration = { async run() {} }, help } = command;
  const title = `docteur-${name}`;
  const { details, examples = [], operands = [] } = declaration;
  const codes = exitCodesOf(declaration);
  const parts = [
    header(title, version),
    section('NAME', `${roff(title)} \\- ${roff(summary)}`),
    section('SYNOPSIS', `\\fBdocteur ${roff(name)}\\fR ${roff(synopsis(command))}`),
    ...(help === undefined ? [] : [section('DESCRIPTION', verbatim(help))]),
    ...(details === undefined ? [] : [section('DESCRIPTION', verbatim(details))]),
    ...(operands.length === 0
      ? []
      : [section('OPERANDS', operands.map(({ name, text }) => item(name, text)).join('\n'))]),
    ...(command.options.length === 0 || help !== undefined
      ? []
      : [section('OPTIONS', command.options.map((o) => item(o.flags, o.text)).join('\n'))]),
    ...(help === undefined
      ? [section('EXIT STATUS', codes.map(([code, text]) => item(code, text)).join('\n'))]
      : []),
    ...(examples.length === 0
      ? []
      : [
          section(
            'EXAMPLES',
            examples.map(([line, text = '']) => item(`docteur ${name} ${line}`, text)).join('\n'),
          ),
        ]),
    section('SEE ALSO', '\\fBdocteur\\fR(1)'),
  ];
  return `${parts.join('\n')}\n`;
}

/** The page `docteur.1`, which lists the others. */
export function overviewPage(commands: readonly DescribedCommand[], version: string): string {
  const list = commands.map(({ name, summary }) => item(`docteur-${name}(1)`, sentence(summary)));
  return `${[
    header('docteur', version),
    section('NAME', 'docteur \\- read\\-only disk images of folders and Git commits'),
    section('SYNOPSIS', '\\fBdocteur\\fR COMMAND [OPTIONS] ...'),
    section('COMMANDS', list.join('\n')),
    section('SEE ALSO', '\\fBgit\\fR(1), \\fBmksquashfs\\fR(1)'),
  ].join('\n')}\n`;
}

function header(title: string, version: string): string {
  return `.TH "${roff(title.toUpperCase())}" "1" "" "docteur ${roff(version)}" "docteur"\n.nh\n.ad l`;
}

function section(name: string, text: string): string {
  return `.SH ${name}\n${text}`;
}

function item(head: string, text: string): string {
  return `.TP\n\\fB${roff(head)}\\fR\n${roff(text)}`;
}

function verbatim(text: string): string {
  return `.nf\n${roff(trimLines(text))}\n.fi`;
}

/** Text in which nothing is roff's: hyphens can be copied, and no line is a request. */
function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/gm, '\\&$&');
}

function synopsis({ declaration, help }: DescribedCommand): string {
  if (help !== undefined) return '[OPTIONS] ...';
  const words = declaration?.operands?.map(({ name }) => name) ?? [];
  return declaration?.usage ?? ['[options]', ...words].join(' ');
}
