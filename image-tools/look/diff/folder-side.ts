import { createHash } from 'node:crypto';
import { closeSync, type Dirent, fstatSync, readSync } from 'node:fs';
import { encodeObjectPrefix, hashObject, OBJECT_BLOB } from '#format';
import type { Kind } from '#reader';
import { codeOfSystemError, describeSystemError, ToolError } from '../../base/errors.ts';
import { FolderHandle } from '../../files/folder-handle.ts';
import { FolderReader } from '../../files/folder-reader.ts';
import type { Side, SideEntry } from './side.ts';

/** What stands in a folder: its path, and of a file what is known of it. */
interface Place {
  /** From the folder; empty for itself. */
  readonly path: Buffer;
  readonly kind: Kind;
  readonly size: number | undefined;
}

const SLASH = Buffer.from('/');
const PIECE = 0x40000;

/**
 * A folder as a side, as `docteur make` reads it: links are not followed, and what it does not store is left
 * out. Files are hashed only where they are asked for their ids. Close it when done.
 * @param onSkip told in one line of what is left out
 * @throws ToolError NO_INPUT, also later, CHANGED
 */
export function folderSide(path: string, onSkip: (line: string) => void): Side<Place> {
  const root = Buffer.from(path);
  const files = reading(path, () => {
    const folder = FolderHandle.open(root);
    const { identity } = folder;
    folder.close();
    return new FolderReader(root, identity, 'refuse');
  });
  const nameOf = (place: Buffer) => (place.length === 0 ? path : `${path}/${place}`);
  const buffer = Buffer.allocUnsafe(PIECE);

  /** Reads a file piece by piece. */
  function each(place: Place, use: (piece: Buffer) => void, begin: (size: number) => void): void {
    reading(nameOf(place.path), () => {
      const fd = files.openFile(place.path);
      try {
        const { size } = fstatSync(fd);
        begin(size);
        for (let left = size; left > 0; ) {
          const count = readSync(fd, buffer, 0, Math.min(left, PIECE), null);
          if (count === 0) throw changed(nameOf(place.path));
          use(buffer.subarray(0, count));
          left -= count;
        }
      } finally {
        closeSync(fd);
      }
    });
  }

  function entryOf(folder: Place, dirent: Dirent<Buffer>): SideEntry<Place> | undefined {
    const { name } = dirent;
    const place = folder.path.length === 0 ? name : Buffer.concat([folder.path, SLASH, name]);
    const found = name.toString('latin1').toLowerCase() === '.git' ? 'git' : kindOf(place);
    if (typeof found !== 'string') return { name, kind: found.kind, node: found };
    const words = found === 'git' ? "a Git repository's own data" : found;
    onSkip(`${nameOf(place)}: skipped: ${words}`);
    return undefined;
  }

  function kindOf(place: Buffer): Place | string {
    const stats = reading(nameOf(place), () => files.stat(place, 'refuse'));
    if (stats === undefined) throw changed(nameOf(place));
    const size = Number(stats.size);
    if (stats.isDirectory()) return { path: place, kind: 'directory', size: 0 };
    if (stats.isSymbolicLink()) return { path: place, kind: 'link', size };
    if (!stats.isFile())
      return stats.isFIFO() ? 'a FIFO' : stats.isSocket() ? 'a socket' : 'a device';
    const runs = (stats.mode & 0o100n) !== 0n;
    return { path: place, kind: runs ? 'executable' : 'file', size };
  }

  return {
    root: { path: Buffer.alloc(0), kind: 'directory', size: 0 },
    *list(folder) {
      const dirents = reading(nameOf(folder.path), () => files.list(folder.path));
      dirents.sort((a, b) => Buffer.compare(a.name, b.name));
      for (const dirent of dirents) {
        const entry = entryOf(folder, dirent);
        if (entry !== undefined) yield entry;
      }
    },
    treeId: () => undefined,
    id(place) {
      if (place.kind === 'link') {
        return hashObject(() => createHash('sha1'), OBJECT_BLOB, this.read(place));
      }
      const hash = createHash('sha1');
      each(
        place,
        (piece) => hash.update(piece),
        (size) => hash.update(encodeObjectPrefix(OBJECT_BLOB, size)),
      );
      return hash.digest();
    },
    size: (place) => place.size,
    read(place) {
      if (place.kind === 'link') {
        return reading(nameOf(place.path), () => files.readLink(place.path));
      }
      const pieces: Buffer[] = [];
      each(
        place,
        (piece) => pieces.push(Buffer.from(piece)),
        () => {},
      );
      return Buffer.concat(pieces);
    },
    close: () => files.close(),
  };
}

function changed(name: string): ToolError {
  return new ToolError('CHANGED', `${name}: changed while it was read`);
}

function reading<Result>(name: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const code = codeOfSystemError(error, 'NO_INPUT');
    throw new ToolError(code, `${name}: ${describeSystemError(error)}`, error);
  }
}
