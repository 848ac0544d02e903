import { ToolError } from '../../base/errors.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { zshCompletion } from '../completion/zsh.ts';
import type { CommandDeclaration } from '../declaration.ts';
import { type DescribedCommand, describeCommand } from '../describe.ts';

const SHELLS: Readonly<Record<string, (commands: readonly DescribedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

const DETAILS = `
  bash   docteur completion bash > ~/.local/share/bash-completion/completions/docteur
  zsh    docteur completion zsh > FOLDER/_docteur, with FOLDER in fpath
  fish   docteur completion fish > ~/.config/fish/completions/docteur.fish`;

/** `docteur completion`. */
export const completion: CommandDeclaration = {
  operands: [{ name: '<shell>', text: Object.keys(SHELLS).join(', ') }],
  details: DETAILS,
  examples: [['bash']],
  async run({ operands, commands }) {
    const [shell = ''] = operands;
    const complete = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (complete === undefined) {
      throw new ToolError('USAGE', `${shell}: use one of ${Object.keys(SHELLS).join(', ')}`);
    }
    process.stdout.write(complete(await Promise.all(commands.map(describeCommand))));
  },
};
