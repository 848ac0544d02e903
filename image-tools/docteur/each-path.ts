import { FsError } from '#reader';
import { exitCodeOf } from './exit-codes.ts';

/**
 * Does something for each path of a command line. One that is not in the image is named on stderr, and the
 * others follow, as with ls and cat.
 * @returns the exit status
 */
export function eachPath(
  paths: readonly string[],
  say: (text: string) => void,
  act: (path: string) => void,
): number {
  let status = 0;
  for (const path of paths) {
    try {
      act(path);
    } catch (error) {
      if (!(error instanceof FsError)) throw error;
      say(error.message);
      status = exitCodeOf(error);
    }
  }
  return status;
}
