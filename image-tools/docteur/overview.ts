import type { CommandEntry } from './declaration.ts';

/** What `docteur --help` prints: every command in a line. */
export function overview(commands: readonly CommandEntry[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}\n`);
  return `Usage: docteur COMMAND [OPTIONS] ...

Read-only disk images: made of a folder or a Git commit, read by sandboxed guests and by programs.

Commands:
${lines.join('')}
docteur help COMMAND explains a command. First steps:
  docteur make docs disk.img
  docteur ls disk.img
`;
}
