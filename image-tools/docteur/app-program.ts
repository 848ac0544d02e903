import { readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { packageFields } from '#reader';
import { codeOfSystemError, describeSystemError, ToolError } from '../base/errors.ts';
import { compileGlobs } from '../source/glob.ts';

const ENDINGS = ['.js', '.json', '.node'] as const;
const INDEX = ENDINGS.map((ending) => `/index${ending}`);

/**
 * Checks that an app has a program, as Node finds it: `main` of its package.json, or its index.js.
 * @param exclude globs of what is not packed
 * @throws ToolError NO_INPUT where there is no program; REFUSED for a package.json that Node would refuse; IO
 */
export function checkProgram(folder: string, exclude: readonly string[]): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ToolError('NO_INPUT', `${folder}: not a folder`);
  }
  const isExcluded = compileGlobs(exclude);
  const isPacked = (path: string) => {
    const names = path.split('/').slice(1);
    const isFolder = (i: number) => i < names.length;
    return !names.some((_, i) =>
      isExcluded(Buffer.from(names.slice(0, i + 1).join('/')), isFolder(i + 1)),
    );
  };
  const candidates = [...placesOf(mainOf(folder)), ...INDEX];
  const found = candidates.filter((path) => isFile(join(folder, path)));
  if (found.some(isPacked)) return;
  const why =
    found.length > 0
      ? `${found[0]?.slice(1)} is excluded`
      : 'neither main of a package.json nor index.js';
  throw new ToolError('NO_INPUT', `${folder}: no program: ${why}`);
}

/** Where the program may be, from the app's folder on, which is the root to it. */
function placesOf(main: string | undefined): string[] {
  // One that begins with a slash is a path of the machine.
  if (main === undefined || main.startsWith('/')) return [];
  const path = posix.join('/', main).replace(/\/$/, '');
  return ['', ...ENDINGS, ...INDEX].map((ending) => path + ending);
}

function mainOf(folder: string): string | undefined {
  const path = join(folder, 'package.json');
  if (!isFile(path)) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const words = `${path}: cannot read: ${describeSystemError(error)}`;
    throw new ToolError(codeOfSystemError(error, 'NO_INPUT'), words, error);
  }
  try {
    return packageFields(text).main;
  } catch (error) {
    throw new ToolError('REFUSED', `${path}: ${(error as Error).message}`, error);
  }
}

function isFile(path: string): boolean {
  return !path.includes('\0') && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
