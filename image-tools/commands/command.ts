import { type Command, CommanderError } from 'commander';
import { FormatError, toOneLine, toPlainText } from '#format';
import { ToolError, type ToolErrorCode } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { hidePasswordsOf } from './passwords.ts';

/** Exit codes, after BSD's sysexits(3). */
const EXIT_USAGE = 64;
const EXIT_BAD_DATA = 65;
const EXIT_FAILURE = 1;
const EXIT_CODES: Readonly<Record<ToolErrorCode, number>> = {
  USAGE: EXIT_USAGE,
  REFUSED: EXIT_BAD_DATA,
  LIMIT: EXIT_BAD_DATA,
  NO_INPUT: 66,
  UNAVAILABLE: 69,
  CANNOT_CREATE: 73,
  CHANGED: 74,
  IO: 74,
};

const EXIT_HELP = `
Exit codes: 0 success, 64 wrong usage, 65 bad image or input refused, 66 input missing or
unreadable, 69 a server or program is not available, 73 the output cannot be created,
74 reading or writing failed, 1 anything else.`;

/**
 * Runs a command: a failure becomes one line on stderr, with the program's name in front, and an
 * exit code; the stack is shown with `--debug` only.
 */
export async function runCommand(command: Command): Promise<void> {
  const name = command.name();
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that closed our stdout has read enough; any other error (a full disk) is reported.
    if (error.code !== 'EPIPE')
      process.stderr.write(`${name}: stdout: ${toOneLine(error.message)}\n`);
    process.exit(EXIT_CODES.IO);
  });
  command
    .version(VERSION)
    .option('--debug', 'show the stack of an error')
    .addHelpText('after', EXIT_HELP)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        const words = toOneLine(text.trim().replaceAll('\n', ' ')).replace(/^error: /, `${name}: `);
        write(`${hidePasswordsOf(process.argv, words)}\n`);
      },
    });
  try {
    await command.parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    // Commander has said it already.
    if (error instanceof CommanderError) return;
    const { debug } = command.opts<{ debug?: boolean }>();
    process.stderr.write(`${name}: ${debug ? toPlainText(stackOf(error)) : oneLine(error)}\n`);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof FormatError) return EXIT_BAD_DATA;
  if (error instanceof ToolError) return EXIT_CODES[error.code];
  const isSystemCall = error instanceof Error && 'syscall' in error;
  return isSystemCall ? EXIT_CODES.IO : EXIT_FAILURE;
}

function oneLine(error: unknown): string {
  return toOneLine(error instanceof Error ? error.message : String(error));
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack}${cause}`;
}
