import { getSystemErrorMap } from 'node:util';
import { wordsInMessage } from '../../guest/host/system-words.ts';

/** Why a tool failed. Codes are only ever added: programs match on them. */
export type ToolErrorCode =
  /** The arguments make no sense. */
  | 'USAGE'
  /** Input that is refused: a special file under `strict`, links that loop. */
  | 'REFUSED'
  /** Input that needs more memory, time or space than allowed. */
  | 'LIMIT'
  /** Input that is missing or cannot be read. */
  | 'NO_INPUT'
  /** A program or a server that is needed does not answer, or is not installed. */
  | 'UNAVAILABLE'
  /** The output cannot be created. */
  | 'CANNOT_CREATE'
  /** A file changed or vanished while it was read. */
  | 'CHANGED'
  /** Reading or writing failed. */
  | 'IO';

/** A failure of an image tool that is not the fault of an image's bytes: those give FormatError. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code: ToolErrorCode;

  constructor(code: ToolErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The system's words for a failed call ("no such file or directory"), without call and path. */
export function describeSystemError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // Of a thread, which asks for it whether it needs it or not.
  if (/\buv_cwd\b/.test(text)) return 'the current folder was removed: go to another one';
  const { errno } = error as { errno?: number };
  const words = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return words ?? wordsInMessage(text) ?? text;
}

/** What a thread ended with; one that could not start lacks something of the machine's. */
export function describeThreadError(error: Error): Error {
  const lacksFiles = /EMFILE|ENFILE|too many open files/.test(error.message);
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_WORKER_INIT_FAILED' && !lacksFiles) return error;
  const reason = lacksFiles ? 'too many open files (ulimit -n)' : error.message;
  return new ToolError('IO', `cannot start a thread: ${reason}`, error);
}

/** Whether `error` is a failed system call with one of these codes (`ENOENT`, ...). */
export function isSystemError(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string);
}

/** What the machine lacks or fails at, whichever file is asked for. */
const MACHINE_FAULTS = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EIO', 'ENOSPC', 'EDQUOT'];

/** The code for a failed system call: `IO` where the machine is at fault, else `otherwise`. */
export function codeOfSystemError(error: unknown, otherwise: ToolErrorCode): ToolErrorCode {
  return isSystemError(error, ...MACHINE_FAULTS) ? 'IO' : otherwise;
}

/** Whether another program's words say that it had no room to write. */
export function isAboutRoom(words: string): boolean {
  return /No space left on device|Disk quota exceeded/i.test(words);
}
