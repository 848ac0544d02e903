import { decodeLatin1 } from '#format';
import { readPieces } from '../files/file-source.ts';

const ID_LENGTH = 40;

/**
 * The paths that a list of objects gives for some ids: those at which they were first met, their bytes as
 * one character each. Other ids are not in it.
 */
export function pathsIn(listFile: string, ids: ReadonlySet<string>): Map<string, string> {
  const paths = new Map<string, string>();
  if (ids.size === 0) return paths;
  for (const line of linesOf(listFile)) {
    const id = line.slice(0, ID_LENGTH);
    if (ids.has(id)) paths.set(id, line.slice(ID_LENGTH + 1));
  }
  return paths;
}

function* linesOf(file: string): Generator<string, void, undefined> {
  let rest = '';
  for (const piece of readPieces(file)) {
    const lines = (rest + decodeLatin1(piece)).split('\n');
    rest = lines.pop() as string;
    yield* lines;
  }
}
