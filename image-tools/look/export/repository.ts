import { closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { oidToHex } from '#format';
import { describeSystemError, isSystemError, ToolError } from '../../base/errors.ts';
import { FileSink } from '../../files/file-sink.ts';
import { withStaging } from '../../files/staging.ts';
import type { ImageParts } from '../image-parts.ts';
import { copyPack } from './copy-pack.ts';

const CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
`;

/**
 * Writes an image as a bare repository: its PACK and IDX as they are, one branch, and the commit as one
 * whose parents are not there (shallow). The folder appears whole or not at all.
 * @throws ToolError CANNOT_CREATE where a folder that is not empty, or something else, stands there; IO
 */
export async function writeRepository(
  parts: ImageParts,
  branch: string,
  path: string,
): Promise<void> {
  const place = resolve(path);
  await withStaging(dirname(place), async (to, staging) => {
    const unit = Buffer.from('repository');
    const root = join(staging.location.toString(), unit.toString());
    try {
      fill(root, parts, branch);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).errno === undefined) throw error;
      throw new ToolError('IO', `${path}: cannot write: ${describeSystemError(error)}`, error);
    }
    try {
      staging.rename(unit, to, Buffer.from(basename(place)));
    } catch (error) {
      if (!isSystemError(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw error;
      const words = `${path}: cannot create: something stands there that is not an empty folder`;
      throw new ToolError('CANNOT_CREATE', words, error);
    }
  });
}

function fill(root: string, parts: ImageParts, branch: string): void {
  const commit = `${oidToHex(parts.image.commit)}\n`;
  const pack = join(root, 'objects/pack');
  for (const folder of [pack, join(root, 'objects/info'), join(root, 'refs/tags')]) {
    mkdirSync(folder, { recursive: true });
  }
  const head = join(root, 'refs/heads', branch);
  mkdirSync(dirname(head), { recursive: true });
  writeFileSync(head, commit);
  writeFileSync(join(root, 'HEAD'), `ref: refs/heads/${branch}\n`);
  writeFileSync(join(root, 'config'), CONFIG);
  if (parts.commit.parents.length > 0) writeFileSync(join(root, 'shallow'), commit);
  const name = join(pack, `pack-${oidToHex(parts.packChecksum)}`);
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  const fd = openSync(`${name}.pack`, O_WRONLY | O_CREAT | O_EXCL, 0o444);
  try {
    const sink = new FileSink(fd);
    copyPack(parts, sink);
    sink.flush();
  } finally {
    closeSync(fd);
  }
  writeFileSync(`${name}.idx`, parts.idxBytes, { mode: 0o444 });
}
