import { FormatError } from '#format';

/** What is wrong with an image's bytes names its file; any other error stays what it is. */
export function nameInput(path: string, error: unknown): unknown {
  if (!(error instanceof FormatError) || error.message.startsWith(`${path}: `)) return error;
  return new FormatError(error.code, `${path}: ${error.message}`, { cause: error });
}
