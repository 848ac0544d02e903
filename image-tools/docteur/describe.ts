import { commanderCommand } from './commander-command.ts';
import type { CommandDeclaration, CommandEntry } from './declaration.ts';

/** An option, as man pages and completions need it. */
export interface DescribedOption {
  /** As the help has it: `-b, --branch <rev>`. */
  readonly flags: string;
  /** Its words alone: `-b`, `--branch`. */
  readonly words: readonly string[];
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  readonly text: string;
}

/** A command, as man pages and completions need it. */
export interface DescribedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly DescribedOption[];
  /** Of a command that parses its own command line: its help. */
  readonly help?: string;
  readonly declaration?: CommandDeclaration;
}

/** Loads a command and describes it. */
export async function describeCommand(entry: CommandEntry): Promise<DescribedCommand> {
  const { name, summary } = entry;
  const declaration = await entry.load();
  if ('runRaw' in declaration) {
    const help = await declaration.help();
    return { name, summary, options: optionsOfHelp(help), help };
  }
  const command = commanderCommand(`docteur ${name}`, summary, declaration);
  const shown = command.createHelp().visibleOptions(command);
  const options = shown.map(
    ({ flags, long, short, required, optional, argChoices, description }) => ({
      flags,
      words: [short, long].filter((word) => word !== undefined),
      takesValue: required || optional,
      choices: argChoices ?? [],
      text: description,
    }),
  );
  return { name, summary, options, declaration };
}

/** The options in a help text of two columns: `  --mem=MB   memory ...`, further lines indented. */
function optionsOfHelp(help: string): DescribedOption[] {
  const options: DescribedOption[] = [];
  for (const line of help.split('\n')) {
    const [, flags, text] = /^ {2}(--[^\s,]+(?:, --\S+)*)\s{2,}(.*)$/.exec(line) ?? [];
    if (flags !== undefined && text !== undefined) {
      for (const flag of flags.split(', ')) {
        // `--block:NAME=PATH` is completed as far as it is fixed.
        const word = flag.replace(/[A-Z].*$/, '');
        options.push({ flags: flag, words: [word], takesValue: word !== flag, choices: [], text });
      }
    } else if (/^ {8}/.test(line) && options.length > 0) {
      const last = options.pop() as DescribedOption;
      options.push({ ...last, text: `${last.text} ${line.trim()}` });
    } else if (line.trim() === '' && options.length > 0) break;
  }
  return options;
}
