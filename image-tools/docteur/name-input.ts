import { FormatError } from '#format';

/**
 * What is wrong with an image's bytes names its file; any other error stays what it is.
 * @param other another file that the error may name already
 */
export function nameInput(path: string, error: unknown, other = path): unknown {
  if (!(error instanceof FormatError)) return error;
  if ([path, other].some((name) => error.message.startsWith(`${name}: `))) return error;
  return new FormatError(error.code, `${path}: ${error.message}`, { cause: error });
}
