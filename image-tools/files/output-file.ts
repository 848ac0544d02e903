import { closeSync, constants, fchmodSync, fstatSync, fsyncSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeSystemError, isSystemError, ToolError } from '../base/errors.ts';
import { type FolderHandle, identityOf } from './folder-handle.ts';
import { type Janitor, watchOver } from './janitor.ts';
import { mountedFile, type OutputPlace, openOutputPlace } from './output-place.ts';
import { randomName } from './random-name.ts';

const { O_RDWR, O_CREAT, O_EXCL } = constants;
/** Most bytes of a file's name that stand in its temporary one. */
const MAX_NAME_START = 200;

/** What a file is written with. */
export interface Workplace {
  /** A folder that only we may enter, where the file stands until it is complete. */
  readonly folder: FolderHandle;
  /** The file's name there. */
  readonly name: Buffer;
  /** Watches over that folder. */
  readonly janitor: Janitor;
}

/**
 * Writes a file as a whole or not at all: `write` fills a temporary file beside `path`, which is
 * synced and renamed over it. Whatever happens in between, SIGKILL included, the old file stays as
 * it was and the temporary one is removed. The new file has the old one's permissions. Every step goes through
 * descriptors: the owner of the folder of `path` may move things there, but cannot make us change anything else.
 * @throws ToolError CANNOT_CREATE, IO (a full disk), CHANGED (another file in our place), and what `write`
 * throws
 */
export async function replaceFile<Result>(
  path: string,
  write: (fd: number, workplace: Workplace) => Result | Promise<Result>,
): Promise<Result> {
  const place = openPlace(path);
  const name = `.${cutName(place.name)}.${randomName(6)}.tmp`;
  let janitor: Janitor;
  try {
    janitor = watchOver(join(place.folder.path.toString(), name));
  } catch (error) {
    place.folder.close();
    throw error;
  }
  try {
    // Until its permissions are known to be right, nobody else reads the file.
    place.folder.makeFolder(Buffer.from(name), 0o700);
    const folder = place.folder.folder(Buffer.from(name));
    try {
      return await writeAndRename(place, folder, (fd) =>
        write(fd, { folder, name: place.name, janitor }),
      );
    } finally {
      folder.close();
    }
  } catch (error) {
    throw describeOutputError(path, error);
  } finally {
    place.folder.close();
    await janitor.finish();
  }
}

async function writeAndRename<Result>(
  { folder: target, name }: OutputPlace,
  workplace: FolderHandle,
  write: (fd: number) => Result | Promise<Result>,
): Promise<Result> {
  const fd = workplace.file(name, O_RDWR | O_CREAT | O_EXCL);
  try {
    const result = await write(fd);
    const old = target.stat(name);
    if (old?.isFile()) fchmodSync(fd, Number(old.mode) & 0o777);
    fsyncSync(fd);
    checkSame(fd, workplace, name);
    workplace.rename(name, target, name);
    checkSame(fd, target, name);
    target.sync();
    return result;
  } finally {
    closeSync(fd);
  }
}

/** Others may have put another file into our place: it is not ours to be shown as the result. */
function checkSame(fd: number, folder: FolderHandle, name: Buffer): void {
  const there = folder.stat(name);
  if (there !== undefined && identityOf(there) === identityOf(fstatSync(fd, { bigint: true }))) {
    return;
  }
  const words = `${folder.pathOf(name)}: another file appeared there while it was written`;
  throw new ToolError('CHANGED', words);
}

/** The start of a name: most file systems allow 255 bytes, and more is appended. */
function cutName(name: Buffer): string {
  let cut = '';
  for (const character of name.toString()) {
    if (Buffer.byteLength(cut + character) > MAX_NAME_START) break;
    cut += character;
  }
  return cut;
}

/**
 * Checks that `path` can become an image; gives the identity of the file that is there already, undefined if
 * none is.
 * @throws ToolError CANNOT_CREATE; USAGE for `-`
 */
export function checkOutput(path: string): string | undefined {
  const { folder, old } = openPlace(path);
  folder.close();
  return old === undefined ? undefined : identityOf(old);
}

/**
 * Checks that what is written does not take the place of what it is made of.
 * @throws ToolError USAGE where `output` is the file `input`; and as {@link checkOutput}
 */
export function checkOtherFile(output: string, input: string): void {
  const there = checkOutput(output);
  const stats = statSync(input, { bigint: true, throwIfNoEntry: false });
  if (there === undefined || stats === undefined || identityOf(stats) !== there) return;
  throw new ToolError(
    'USAGE',
    `${output}: cannot replace what is read: name another file to write`,
  );
}

function openPlace(path: string): OutputPlace {
  if (path === '-') {
    const words = 'cannot write an image to stdout; ./- names a file called -';
    throw new ToolError('USAGE', words);
  }
  try {
    return openOutputPlace(path);
  } catch (error) {
    throw describeOutputError(path, error);
  }
}

const CREATE_ERRORS = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'];

function describeOutputError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  if (isSystemError(error, 'EBUSY') && error.syscall === 'rename') return mountedFile(path, error);
  const create = isSystemError(error, ...CREATE_ERRORS, 'ENAMETOOLONG');
  const [code, verb] = create ? (['CANNOT_CREATE', 'create'] as const) : (['IO', 'write'] as const);
  return new ToolError(code, `${path}: cannot ${verb}: ${describeSystemError(error)}`, error);
}
