import { closeSync, constants } from 'node:fs';
import { join } from 'node:path';
import { withTemporaryFolder } from '../files/temporary-folder.ts';
import { fetchImage } from './fetch-image.ts';
import { filePathOf, type ImagePlace } from './open-image.ts';

const { O_RDWR, O_CREAT, O_EXCL } = constants;

/**
 * Gives `use` the path of an image's file: its own, or that of a temporary copy of an image that is elsewhere.
 * @param onProgress told how many bytes were fetched, of how many
 * @throws ToolError UNAVAILABLE, IO, CANNOT_CREATE; and what `use` throws
 */
export async function withImageFile<Result>(
  place: ImagePlace,
  onProgress: (done: number, total: number) => void,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  const path = filePathOf(place);
  if (path !== undefined) return use(path);
  return withTemporaryFolder(async ({ folder, path: above }) => {
    const fd = folder.file(Buffer.from('disk.img'), O_RDWR | O_CREAT | O_EXCL, 0o600);
    try {
      await fetchImage(place, fd, onProgress);
      return await use(join(above, 'disk.img'));
    } finally {
      closeSync(fd);
    }
  });
}
