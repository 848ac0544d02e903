import { oidToHex } from '#format';
import type { ByteSink } from '../../files/byte-sink.ts';
import type { ImageParts } from '../image-parts.ts';
import { copyPack } from './copy-pack.ts';

/**
 * Writes an image as a Git bundle, version 2 (gitformat-bundle(5)): HEAD and one branch. Parents of the commit,
 * which no image holds, are what whoever fetches from it must have.
 * @throws FormatError for an image whose PACK is not what its checksum says
 */
export function writeBundle(parts: ImageParts, branch: string, sink: ByteSink): void {
  const commit = oidToHex(parts.image.commit);
  const lines = [
    '# v2 git bundle',
    ...parts.commit.parents.map((parent) => `-${oidToHex(parent)} `),
    `${commit} HEAD`,
    `${commit} refs/heads/${branch}`,
    '',
    '',
  ];
  sink.write(Buffer.from(lines.join('\n')));
  copyPack(parts, sink);
}
