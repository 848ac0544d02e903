import { toOneLine } from '#format';
import { VERSION } from '../base/version.ts';
import type { CommandEntry } from './declaration.ts';
import { EXIT_USAGE } from './exit-codes.ts';
import { nearest } from './nearest.ts';
import { overview } from './overview.ts';

/** Runs `docteur COMMAND ...`. @param args the arguments after `docteur` */
export async function runDocteur(
  args: readonly string[],
  commands: readonly CommandEntry[],
): Promise<void> {
  const [word, ...rest] = args;
  if (word === '--help' || word === '-h') {
    await print(overview(commands));
  } else if (word === '--version' || word === '-V') {
    await print(`${VERSION}\n`);
  } else if (word === undefined) {
    process.stderr.write(overview(commands));
    process.exitCode = EXIT_USAGE;
  } else {
    const entry = commands.find(({ name }) => name === word);
    if (entry === undefined) refuse(word, commands);
    else await runEntry(entry, `docteur ${word}`, rest, commands);
  }
}

/** Runs one command, called by any name: `docteur.make` is `docteur make`. */
export async function runEntry(
  entry: CommandEntry,
  name: string,
  args: readonly string[],
  commands: readonly CommandEntry[],
): Promise<void> {
  const declaration = await entry.load();
  if ('runRaw' in declaration) return declaration.runRaw(args);
  const { runCommand } = await import('./run-command.ts');
  await runCommand({ name, args, entry, declaration, commands });
}

async function print(text: string): Promise<void> {
  const { guardStdout } = await import('./guard-stdout.ts');
  guardStdout('docteur');
  process.stdout.write(text);
}

function refuse(word: string, commands: readonly CommandEntry[]): void {
  const names = commands.map(({ name }) => name);
  const near = nearest(word, names);
  const hint = near === undefined ? 'docteur --help lists the commands' : `do you mean ${near}?`;
  process.stderr.write(`docteur: ${toOneLine(word)}: no such command; ${hint}\n`);
  process.exitCode = EXIT_USAGE;
}
