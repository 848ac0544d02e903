/**
 * The system's words for a failed call ("no such file or directory"), without its code, the call and the path. They are
 * taken out of Node's message: its table of them is in `node:util`, whose import loads what threads need.
 */
export function systemWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return wordsInMessage(message) ?? code ?? message;
}

/** Those words in a message of Node's; undefined where it is none of a failed call. */
export function wordsInMessage(message: string): string | undefined {
  return /^E[A-Z0-9]+: (.*?), [a-z]+(?: '|$)/.exec(message)?.[1];
}
