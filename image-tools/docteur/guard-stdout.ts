import { toOneLine } from '#format';
import { EXIT_IO } from './exit-codes.ts';
import { stdoutError } from './output.ts';

/**
 * Ends the process where its stdout cannot be written: without a word where a reader closed it, who has read enough,
 * and else (a full disk) with one line.
 * @param name of the command, which stands before that
 */
export function guardStdout(name: string): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      process.stderr.write(`${name}: ${toOneLine(stdoutError(error).message)}\n`);
    }
    process.exit(EXIT_IO);
  });
}
