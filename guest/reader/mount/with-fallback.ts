import { FormatError } from '#format';
import type { FileSystem } from '../fs/file-system.ts';

/**
 * Reads through `indexed` until its path index proves damaged (BAD_INDEX): that is said once, and
 * the call is made again, with all that follow, by the file system that `mountOther` gives.
 */
export function withFallback(
  indexed: FileSystem,
  mountOther: () => FileSystem,
  onWarning: (message: string) => void,
): FileSystem {
  let current = indexed;
  function attempt<Result>(call: (fs: FileSystem) => Result): Result {
    if (current !== indexed) return call(current);
    try {
      return call(indexed);
    } catch (error) {
      if (!(error instanceof FormatError) || error.code !== 'BAD_INDEX') throw error;
      onWarning(`the path index is not used: ${error.message}`);
      current = mountOther();
      return call(current);
    }
  }
  return {
    exists: (path) => attempt((fs) => fs.exists(path)),
    get: (path) => attempt((fs) => fs.get(path)),
    view: (path) => attempt((fs) => fs.view(path)),
    getPartial: (path, offset, length) => attempt((fs) => fs.getPartial(path, offset, length)),
    list: (path) => attempt((fs) => fs.list(path)),
    readLink: (path) => attempt((fs) => fs.readLink(path)),
    digest: (path) => attempt((fs) => fs.digest(path)),
    size: (path) => attempt((fs) => fs.size(path)),
    lastModified: (path) => attempt((fs) => fs.lastModified(path)),
  };
}
