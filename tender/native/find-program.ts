import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TenderError } from '../base/errors.ts';

/**
 * Finds a program of ours in dist/runtime: from a command's bundle, from the library in dist, or from source.
 * @throws {TenderError}
 */
export function findProgram(program: string): string {
  const name = `runtime/${program}.cjs`;
  const files = ['../', '../../', '../../dist/'].map((place) =>
    fileURLToPath(new URL(`${place}${name}`, import.meta.url)),
  );
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new TenderError(`${files[0]}: missing; is docteur built?`);
  return found;
}
