import { getSystemErrorMap } from 'node:util';

/** The system's words for a failed call ("no such file or directory"), without call and path. */
export function systemWords(error: unknown): string {
  const { errno = 0, code, message } = error as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno)?.[1] ?? code ?? message;
}
