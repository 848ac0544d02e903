import { runEntry } from './docteur.ts';
import { COMMANDS } from './registry.ts';

/** Runs the command `word` with this process's arguments, under its dotted name. */
export async function runAlone(word: string): Promise<void> {
  const entry = COMMANDS.find(({ name }) => name === word);
  if (entry === undefined) throw new Error(`no command ${word}`);
  await runEntry(entry, `docteur.${word}`, process.argv.slice(2), COMMANDS);
}
