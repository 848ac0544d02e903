import { Command } from 'commander';
import { VERSION } from '../base/version.ts';
import type { CommandDeclaration } from './declaration.ts';
import { exitCodesOf } from './exit-codes-text.ts';

/** Columns of the help's running text. */
const COLUMNS = 100;

/** The declaration as commander's command: what parses its command line, and prints its help. */
export function commanderCommand(
  name: string,
  summary: string,
  declaration: CommandDeclaration,
): Command {
  const command = new Command(name).description(`${sentence(summary)}`);
  if (declaration.usage !== undefined) command.usage(declaration.usage);
  for (const operand of declaration.operands ?? []) command.argument(operand.name, operand.text);
  for (const option of declaration.options ?? []) command.addOption(option);
  return command
    .version(VERSION)
    .option('--debug', 'show the stack of an error')
    .addHelpText('after', () => `\n${explain(name, declaration)}`)
    .exitOverride();
}

/** The help after the options: details, examples, exit codes. */
function explain(name: string, declaration: CommandDeclaration): string {
  const { details, examples = [] } = declaration;
  const codes = exitCodesOf(declaration).map(([code, text]) => `${code} ${text}`);
  const width = Math.max(0, ...examples.map(([line]) => line.length)) + 1;
  const lines = examples.map(([line, text = '']) => {
    return `  ${name} ${text === '' ? line : `${line.padEnd(width)} ${text}`}`;
  });
  return [
    ...(details === undefined ? [] : [trimLines(details)]),
    ...(lines.length === 0 ? [] : [`Examples:\n${lines.join('\n')}`]),
    wrap(`Exit codes: ${codes.join(', ')}.`),
  ].join('\n\n');
}

/** A summary as a sentence of its own. */
export function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

/** A text without the empty lines at its ends; its first line stays indented. */
export function trimLines(text: string): string {
  return text.replace(/^\n+|\s+$/g, '');
}

function wrap(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > COLUMNS) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}
