import { getSystemErrorMap } from 'node:util';

/** What strerror(3) says about a failed system call: "No such file or directory". */
export function errnoText(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  const text = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  if (text === undefined) return message;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
