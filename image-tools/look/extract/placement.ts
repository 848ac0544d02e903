import { lutimesSync, mkdirSync, symlinkSync } from 'node:fs';
import { isSystemError, ToolError } from '../../base/errors.ts';
import type { FolderHandle } from '../../files/folder-handle.ts';
import { FolderReader } from '../../files/folder-reader.ts';
import { PERMISSIONS } from '../modes.ts';
import { isAtOrBelow } from '../walk-selection.ts';
import { describeWriteError } from './write-files.ts';

/** Where the entries of a folder go. */
type Where =
  /** Into a new folder, which is staged until all is complete. */
  | { readonly kind: 'staged'; readonly target: Buffer }
  /** Into a folder that was there. */
  | { readonly kind: 'there' }
  /** Nowhere: something else stands there. */
  | { readonly kind: 'nowhere' };

interface Level {
  readonly path: Buffer;
  readonly where: Where;
}

/** Something staged that goes to `path` when it is complete. */
interface Graft {
  readonly path: Buffer;
  readonly unit: Buffer;
}

/** A link that is made at the end: until then no path that we go leads through one. */
interface Link {
  readonly path: Buffer;
  readonly target: Uint8Array;
  /** Below the staging folder; undefined in a folder that was there. */
  readonly staged: Buffer | undefined;
}

const SLASH = 0x2f;
const EMPTY = Buffer.alloc(0);

/**
 * Decides where what is extracted goes. New folders are staged whole and moved to their place at the end;
 * new files of folders that were there are staged one by one. What stands in the way is kept, or replaced
 * by force unless it is a folder. Each step into the destination goes by descriptors and never through a
 * link.
 */
export class Placement {
  /** Things that were there and were left as they are. */
  kept = 0;
  readonly #staging: FolderHandle;
  readonly #to: FolderReader;
  readonly #force: boolean;
  readonly #time: number;
  readonly #levels: Level[];
  readonly #files: Graft[] = [];
  readonly #folders: Graft[] = [];
  readonly #links: Link[] = [];
  /** All staged folders, whose times are set at the end. */
  readonly #made: Buffer[] = [];
  #units = 0;

  constructor(
    to: FolderHandle,
    staging: FolderHandle,
    { force, time }: { readonly force: boolean; readonly time: number },
  ) {
    this.#to = new FolderReader(to.location, to.identity, 'refuse');
    this.#staging = staging;
    this.#force = force;
    this.#time = time;
    this.#levels = [{ path: EMPTY, where: { kind: 'there' } }];
  }

  /** A folder; what is in it may be placed then. */
  folder(path: Uint8Array): void {
    const where = this.#whereOf(path);
    this.#levels.push({ path: Buffer.from(path), where: this.#placeFolder(path, where) });
  }

  /** Where a file is to be staged; undefined where it is not wanted. */
  file(path: Uint8Array): Buffer | undefined {
    const where = this.#whereOf(path);
    if (where.kind === 'nowhere') return undefined;
    if (where.kind === 'staged') return below(where.target, path);
    if (this.#isInTheWay(path)) return undefined;
    const unit = this.#newUnit();
    this.#files.push({ path: Buffer.from(path), unit });
    return unit;
  }

  /** A symbolic link, which keeps its target. */
  link(path: Uint8Array, target: Uint8Array): boolean {
    const where = this.#whereOf(path);
    if (where.kind === 'nowhere') return false;
    if (where.kind === 'there' && this.#isInTheWay(path)) return false;
    const staged = where.kind === 'staged' ? below(where.target, path) : undefined;
    this.#links.push({ path: Buffer.from(path), target, staged });
    return true;
  }

  /** Moves what was staged to its place, once all of it is complete, and makes the links. @throws ToolError */
  settle(): void {
    for (const { path, unit } of this.#files.splice(0)) {
      this.#settling(path, () => this.#settle(path, unit));
    }
    for (const link of this.#links.splice(0)) this.#makeLink(link);
    const { location } = this.#staging;
    for (const folder of this.#made.reverse()) {
      // Nothing is made in it any more. No link is among the folders on its way.
      setTimeBelow(location, folder, this.#time);
    }
    for (const { path, unit } of this.#folders.splice(0)) {
      this.#settling(path, () => {
        this.#to.within(path, (folder, name) => {
          if (this.#force && folder.stat(name)?.isDirectory() === false) folder.remove(name);
          this.#staging.rename(unit, folder, name);
        });
      });
    }
  }

  close(): void {
    this.#to.close();
  }

  #placeFolder(path: Uint8Array, where: Where): Where {
    if (where.kind === 'nowhere') return where;
    if (where.kind === 'staged') {
      const target = below(where.target, path);
      this.#stageFolder(path, target);
      return { kind: 'staged', target };
    }
    const stats = this.#settling(path, () =>
      this.#to.within(path, (folder, name) => folder.stat(name)),
    );
    if (stats?.isDirectory()) return { kind: 'there' };
    if (stats !== undefined && !this.#force) {
      this.kept += 1;
      return { kind: 'nowhere' };
    }
    const target = this.#newUnit();
    this.#stageFolder(path, target);
    this.#folders.push({ path: Buffer.from(path), unit: target });
    return { kind: 'staged', target };
  }

  #stageFolder(path: Uint8Array, target: Buffer): void {
    try {
      mkdirSync(inside(this.#staging.location, target), { mode: PERMISSIONS.directory });
    } catch (error) {
      throw describeWriteError(path, error);
    }
    this.#made.push(target);
  }

  /** Whether something stands at a path that is to stay there. @throws ToolError for a folder, by force */
  #isInTheWay(path: Uint8Array): boolean {
    const stats = this.#settling(path, () =>
      this.#to.within(path, (folder, name) => folder.stat(name)),
    );
    if (stats === undefined) return false;
    if (!this.#force) {
      this.kept += 1;
      return true;
    }
    if (stats.isDirectory()) throw folderInTheWay(path);
    return false;
  }

  #makeLink({ path, target, staged }: Link): void {
    try {
      if (staged !== undefined) {
        symlinkSync(Buffer.from(target), inside(this.#staging.location, staged));
        setTimeBelow(this.#staging.location, staged, this.#time);
        return;
      }
      const unit = this.#newUnit();
      this.#staging.makeLink(target, unit);
      this.#staging.setTime(unit, this.#time);
      this.#settling(path, () => this.#settle(path, unit));
    } catch (error) {
      throw describeWriteError(path, error);
    }
  }

  /** Moves one staged file or link to its place: over what stands there by force alone. */
  #settle(path: Buffer, unit: Buffer): void {
    this.#to.within(path, (folder, name) => {
      if (this.#force) {
        this.#staging.rename(unit, folder, name);
        return;
      }
      try {
        // Unlike a rename, it replaces nothing that appeared meanwhile.
        this.#staging.link(unit, folder, name);
      } catch (error) {
        if (isSystemError(error, 'EEXIST')) this.kept += 1;
        else if (!isSystemError(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
        else if (folder.stat(name) === undefined) {
          // A file system without second names.
          this.#staging.rename(unit, folder, name);
          return;
        } else this.kept += 1;
      }
      this.#staging.remove(unit);
    });
  }

  /** Where the entries of the folder that `path` is in go. */
  #whereOf(path: Uint8Array): Where {
    const end = Math.max(0, path.lastIndexOf(SLASH));
    for (;;) {
      const level = this.#levels.at(-1) as Level;
      if (level.path.length === end && isAtOrBelow(path, level.path)) return level.where;
      // Left for good: a walk comes to all that is in a folder before it goes on.
      if (this.#levels.length === 1) throw new Error(`${Buffer.from(path)}: not in a folder`);
      this.#levels.pop();
    }
  }

  #newUnit(): Buffer {
    this.#units += 1;
    return Buffer.from(`${this.#units}`);
  }

  #settling<Result>(path: Uint8Array, act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      if (isSystemError(error, 'ENOTDIR', 'ELOOP', 'ENOENT')) throw changed(path, error);
      if (isSystemError(error, 'EISDIR')) throw folderInTheWay(path);
      if (isSystemError(error, 'ENOTEMPTY', 'EEXIST')) throw changed(path, error);
      throw describeWriteError(path, error);
    }
  }
}

function setTimeBelow(location: Buffer, path: Buffer, seconds: number): void {
  lutimesSync(inside(location, path), seconds, seconds);
}

function inside(location: Buffer, path: Buffer): Buffer {
  return Buffer.concat([location, Buffer.of(SLASH), path]);
}

/** The last name of `path`, in the staged folder `target`. */
function below(target: Buffer, path: Uint8Array): Buffer {
  return Buffer.concat([target, Buffer.of(SLASH), path.subarray(path.lastIndexOf(SLASH) + 1)]);
}

function folderInTheWay(path: Uint8Array): ToolError {
  const name = Buffer.from(path).toString();
  return new ToolError('CANNOT_CREATE', `${name}: a folder stands there, which is not replaced`);
}

function changed(path: Uint8Array, cause: unknown): ToolError {
  const name = Buffer.from(path).toString();
  const words = `${name}: what stands there changed while the image was extracted`;
  return new ToolError('CHANGED', words, cause);
}
