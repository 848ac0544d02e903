import { statSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { BuildError } from './errors.ts';

const EXIT_NO_INPUT = 66;

/**
 * The size in bytes of a regular file that the user named.
 * @param shown what messages call it
 * @param hint goes after the message for a file that is missing
 * @throws BuildError
 */
export function sizeOfInput(path: string, shown = path, hint = ''): number {
  const stat = reading(shown, () => statSync(path, { throwIfNoEntry: false }));
  if (stat === undefined) throw new BuildError(`${shown}: no such file${hint}`, EXIT_NO_INPUT);
  if (!stat.isFile()) throw new BuildError(`${shown}: not a file`, EXIT_NO_INPUT);
  return stat.size;
}

/** What `read` gives; failed system calls in it are blamed on the file. @throws BuildError */
export function reading<Result>(shown: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    const words = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
    if (words === undefined) throw error;
    throw new BuildError(`${shown}: cannot read: ${words}`, EXIT_NO_INPUT);
  }
}
