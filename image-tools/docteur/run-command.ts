import { CommanderError } from 'commander';
import { toOneLine, toPlainText } from '#format';
import { hidePasswordsOf } from '../../tender/base/passwords.ts';
import { commanderCommand } from './commander-command.ts';
import type { CommandDeclaration, CommandEntry } from './declaration.ts';
import { EXIT_IO, EXIT_USAGE, exitCodeOf } from './exit-codes.ts';
import { guardStdout } from './guard-stdout.ts';

/** How a command is run. */
export interface Call {
  /** How it was called, which stands before its messages. */
  readonly name: string;
  /** What stands behind its name. */
  readonly args: readonly string[];
  readonly entry: CommandEntry;
  readonly declaration: CommandDeclaration;
  readonly commands: readonly CommandEntry[];
}

/**
 * Runs a command: a failure becomes one line on stderr, with the command's name in front, and an
 * exit code; the stack is shown with `--debug` only.
 */
export async function runCommand({ name, args, entry, declaration, commands }: Call) {
  guardStdout(name);
  const command = commanderCommand(name, entry.summary, declaration);
  command.configureOutput({
    outputError: (text, write) => {
      const words = toOneLine(text.trim().replaceAll('\n', ' ')).replace(/^error: /, `${name}: `);
      write(`${hidePasswordsOf(args, words)}\n`);
    },
  });
  try {
    command.parse(args, { from: 'user' });
    const status = await declaration.run({
      name,
      operands: command.args,
      options: command.opts() as never,
      commands,
      say(text) {
        const line = toOneLine(text);
        process.stderr.write(`${name}: ${hidePasswordsOf(args, line)}\n`);
      },
    });
    process.exitCode = status ?? 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said it already.
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
      return;
    }
    if (isClosedPipe(error)) {
      process.exitCode = EXIT_IO;
      return;
    }
    process.exitCode = exitCodeOf(error, declaration.failure);
    const { debug } = command.opts<{ debug?: boolean }>();
    const text = debug ? toPlainText(stackOf(error)) : oneLine(error);
    process.stderr.write(`${name}: ${hidePasswordsOf(args, text)}\n`);
  }
}

/** Whether nobody reads our stdout any more: what was wanted of it was read. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

function oneLine(error: unknown): string {
  return toOneLine(error instanceof Error ? error.message : String(error));
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack}${cause}`;
}
