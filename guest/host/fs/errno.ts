import { getSystemErrorMap } from 'node:util';
import { FormatError } from '#format';
import { FsError, type FsErrorCode } from '../../reader/index.ts';
import { DiskError } from '../file-disk.ts';

/** The system's errors that an image can give. */
export type ErrnoCode =
  | 'EACCES'
  | 'EBADF'
  | 'EEXIST'
  | 'EINVAL'
  | 'EIO'
  | 'EISDIR'
  | 'ELOOP'
  | 'EMFILE'
  | 'ENOENT'
  | 'ENOTDIR'
  | 'EROFS';

const CODES: Readonly<Record<FsErrorCode, ErrnoCode>> = {
  NOT_FOUND: 'ENOENT',
  NOT_A_FILE: 'EISDIR',
  NOT_A_DIRECTORY: 'ENOTDIR',
  NOT_A_LINK: 'EINVAL',
  INVALID_PATH: 'ENOENT',
  TOO_MANY_LINKS: 'ELOOP',
};

let known: Map<string, { readonly errno: number; readonly words: string }> | undefined;

/** What this system calls an error, and its number there. */
function describe(code: ErrnoCode) {
  known ??= new Map(
    [...getSystemErrorMap()].map(([errno, [name, words]]) => [name, { errno, words }]),
  );
  return known.get(code) ?? { errno: -5, words: code };
}

/** An error as node:fs throws it: `ENOENT: no such file or directory, open '/a'`. */
export function errnoError(
  code: ErrnoCode,
  syscall: string,
  path?: string,
  cause?: Error,
): NodeJS.ErrnoException {
  const { errno, words } = describe(code);
  const place = path === undefined ? '' : ` '${path}'`;
  const reason = cause === undefined ? '' : `: ${cause.message}`;
  const error = new Error(`${code}: ${words}, ${syscall}${place}${reason}`, cause && { cause });
  return Object.assign(error, { errno, code, syscall }, path !== undefined && { path });
}

/**
 * What a reader threw, as node:fs would say it: a look-up that fails by the system's code, a bad image or a
 * file that cannot be read as EIO with the reason in words and as `cause`. Any other error stays what it is.
 */
export function asErrno(error: unknown, syscall: string, path?: string): unknown {
  if (error instanceof FsError) return errnoError(CODES[error.code], syscall, path);
  if (error instanceof FormatError || error instanceof DiskError) {
    return errnoError('EIO', syscall, path, error);
  }
  return error;
}

/** An argument of the wrong type, in Node's words. */
export function argumentError(name: string, expected: string, value: unknown): TypeError {
  const type = value === null ? 'null' : typeof value;
  return Object.assign(
    new TypeError(`The "${name}" argument must be ${expected}. Received ${type}`),
    { code: 'ERR_INVALID_ARG_TYPE' },
  );
}

/** A number that is outside its range, in Node's words. */
export function rangeError(name: string, range: string, value: unknown): RangeError {
  return Object.assign(
    new RangeError(
      `The value of "${name}" is out of range. It must be ${range}. Received ${String(value)}`,
    ),
    { code: 'ERR_OUT_OF_RANGE' },
  );
}

/** An argument of the right type that means nothing, in Node's words. */
export function argumentValue(name: string, value: unknown): TypeError {
  const shown = typeof value === 'string' ? `'${value}'` : String(value);
  return Object.assign(new TypeError(`The argument '${name}' is invalid. Received ${shown}`), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
}

/** What Node throws once a signal has aborted a call. @throws AbortError, as `options.signal` says */
export function refuseAborted(options: unknown): void {
  const { signal } = (typeof options === 'object' && options !== null ? options : {}) as {
    signal?: AbortSignal;
  };
  if (signal?.aborted !== true) return;
  const error = new Error('The operation was aborted', { cause: signal.reason });
  throw Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}
