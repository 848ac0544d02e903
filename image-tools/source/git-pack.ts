import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Idx } from '#format';
import { openFileSource } from '../files/file-source.ts';
import type { GitClient } from './git-client.ts';

/** One PACK on disk; paths in a folder that goes when the commit's user is done. */
export interface PackFiles {
  readonly packFile: string;
  readonly idxFile: string;
}

/**
 * A PACK of the objects in `listFile`, as many as `objects`: the one that git received, if it holds just these and
 * `isReceived` says that all of them came with it; else one that git makes of them.
 * @throws GitError
 */
export async function packOfGit(
  git: GitClient,
  folder: string,
  listFile: string,
  objects: number,
  isReceived: boolean,
): Promise<PackFiles> {
  const received = readdirSync(join(folder, 'objects/pack')).filter((name) =>
    name.endsWith('.idx'),
  );
  const idxFile = join(folder, 'objects/pack', received[0] ?? '');
  if (isReceived && received.length === 1 && countObjects(idxFile) === objects) {
    return { packFile: idxFile.replace(/idx$/, 'pack'), idxFile };
  }
  const base = join(folder, 'image');
  const name = await git.run(['pack-objects', '--quiet', '--delta-base-offset', base], {
    input: listFile,
  });
  return { packFile: `${base}-${name}.pack`, idxFile: `${base}-${name}.idx` };
}

function countObjects(idxFile: string): number {
  const source = openFileSource(idxFile);
  try {
    return new Idx(source, Number.MAX_SAFE_INTEGER).count;
  } finally {
    source.close();
  }
}
