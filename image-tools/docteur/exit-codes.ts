import { FormatError } from '#format';
import { FsError } from '#reader';
import { ToolError, type ToolErrorCode } from '../base/errors.ts';

/** Exit codes, after BSD's sysexits(3). */
export const EXIT_USAGE = 64;
const EXIT_BAD_DATA = 65;
const EXIT_NO_INPUT = 66;
/** Of a write to stdout that failed: nobody reads it any more, or the disk is full. */
export const EXIT_IO = 74;
export const EXIT_FAILURE = 1;

/** What they mean, for help and man pages. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'success',
  [EXIT_USAGE]: 'wrong usage',
  [EXIT_BAD_DATA]: 'bad image or input refused',
  [EXIT_NO_INPUT]: 'input missing or unreadable',
  69: 'a server or program is not available',
  73: 'the output cannot be created',
  [EXIT_IO]: 'reading or writing failed',
  [EXIT_FAILURE]: 'anything else',
};

const TOOL_CODES: Readonly<Record<ToolErrorCode, number>> = {
  USAGE: EXIT_USAGE,
  REFUSED: EXIT_BAD_DATA,
  LIMIT: EXIT_BAD_DATA,
  NO_INPUT: EXIT_NO_INPUT,
  UNAVAILABLE: 69,
  CANNOT_CREATE: 73,
  CHANGED: EXIT_IO,
  IO: EXIT_IO,
};

/** The exit code of a failure; `otherwise` for one that has none of its own. */
export function exitCodeOf(error: unknown, otherwise = EXIT_FAILURE): number {
  if (error instanceof FormatError) return EXIT_BAD_DATA;
  if (error instanceof ToolError) return TOOL_CODES[error.code];
  if (error instanceof FsError) return EXIT_NO_INPUT;
  if (!(error instanceof Error)) return otherwise;
  // The builder's, the tender's.
  if ('exitStatus' in error && typeof error.exitStatus === 'number') return error.exitStatus;
  if (error.name === 'DiskError' && 'code' in error) {
    return error.code === 'CANNOT_READ' ? EXIT_IO : EXIT_NO_INPUT;
  }
  return 'syscall' in error ? EXIT_IO : otherwise;
}
