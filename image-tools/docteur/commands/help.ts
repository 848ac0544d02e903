import { ToolError } from '../../base/errors.ts';
import { commanderCommand } from '../commander-command.ts';
import type { CommandDeclaration } from '../declaration.ts';
import { nearest } from '../nearest.ts';
import { overview } from '../overview.ts';

/** `docteur help`: what `--help` of a command prints, under the name that is easier to guess. */
export const help: CommandDeclaration = {
  operands: [{ name: '[command]', text: 'the command to explain (default: all, in a line each)' }],
  examples: [['make']],
  async run({ operands, commands }) {
    const [word] = operands;
    if (word === undefined) {
      process.stdout.write(overview(commands));
      return;
    }
    const entry = commands.find(({ name }) => name === word);
    if (entry === undefined) {
      const near = nearest(
        word,
        commands.map(({ name }) => name),
      );
      const hint = near === undefined ? '' : `; do you mean ${near}?`;
      throw new ToolError('USAGE', `${word}: no such command${hint}`);
    }
    const declaration = await entry.load();
    process.stdout.write(
      'runRaw' in declaration
        ? await declaration.help()
        : helpText(`docteur ${word}`, entry.summary, declaration),
    );
  },
};

function helpText(name: string, summary: string, declaration: CommandDeclaration): string {
  const command = commanderCommand(name, summary, declaration);
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}
