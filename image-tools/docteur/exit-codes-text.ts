import type { CommandDeclaration } from './declaration.ts';
import { EXIT_CODES, EXIT_FAILURE } from './exit-codes.ts';

/** The exit codes of a command and their meaning: 0 first, the rest last. */
export function exitCodesOf({ exitCodes = {}, failure }: CommandDeclaration): [string, string][] {
  const all: Record<number, string> = { ...EXIT_CODES };
  if (failure !== undefined) {
    all[failure] = all[EXIT_FAILURE] as string;
    delete all[EXIT_FAILURE];
  }
  const last = failure ?? EXIT_FAILURE;
  const rest = all[last] as string;
  delete all[last];
  return [...Object.entries({ ...all, ...exitCodes }), [`${last}`, rest]];
}
