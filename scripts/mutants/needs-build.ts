import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const RELATIVE_IMPORT = /(?:from|import\()\s*'(\.[^']+)'/g;
/** A path into dist/, in a string. */
const BUILT = /['"`/]dist['"`/]/;

/** Whether a test, or a fixture that it imports, uses what the build makes. */
export function needsBuild(test: string, seen = new Set<string>()): boolean {
  if (seen.has(test) || !existsSync(test)) return false;
  seen.add(test);
  const text = readFileSync(test, 'utf8');
  if (BUILT.test(text)) return true;
  for (const [, path] of text.matchAll(RELATIVE_IMPORT)) {
    const imported = join(dirname(test), path as string);
    // Sources of the product run as they are; only tests and their fixtures start what is built.
    if (imported.includes('/test/') && needsBuild(imported, seen)) return true;
  }
  return false;
}
