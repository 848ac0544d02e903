import { statSync } from 'node:fs';
import { BuildError } from './errors.ts';

const EXIT_USAGE = 64;

/**
 * Checks that a file that is written does not take the place of one that it is made of.
 * @param inputs paths, some of which may lead nowhere
 * @throws BuildError
 */
export function checkOtherFile(output: string, inputs: Iterable<string>): void {
  const there = identityOf(output);
  if (there === undefined) return;
  for (const input of inputs) {
    if (identityOf(input) !== there) continue;
    const words = `${output}: cannot replace what is read: name another file to write`;
    throw new BuildError(words, EXIT_USAGE);
  }
}

function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
}
