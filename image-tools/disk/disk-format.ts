import { closeSync, constants, fstatSync, statfsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FormatError } from '#format';
import { isAboutRoom, ToolError } from '../base/errors.ts';
import { fileSource, openRegularFile, readHead } from '../files/file-source.ts';
import type { Janitor } from '../files/janitor.ts';
import { replaceFile } from '../files/output-file.ts';
import { withTemporaryFolder } from '../files/temporary-folder.ts';
import { readDiskSize } from './disk-size.ts';
import { convertDisk, findQemuImg, type QemuDisk } from './qemu-img.ts';

const { O_RDWR, O_CREAT, O_EXCL } = constants;

/** What a disk may be wrapped in. */
export const DISK_FORMATS = ['raw', 'qcow2', 'vmdk', 'vdi', 'vhdx'] as const;
export type DiskFormat = (typeof DISK_FORMATS)[number];

/** The bytes at an offset by which a format is recognized; the first that matches counts. */
const MAGICS: readonly { format: DiskFormat; at: number; magic: string }[] = [
  // First, because the commit's id, with which an image begins, may look like any of the others.
  { format: 'raw', at: 28, magic: 'PACK' },
  { format: 'qcow2', at: 0, magic: 'QFI\xfb' },
  { format: 'vmdk', at: 0, magic: 'KDMV' },
  { format: 'vdi', at: 64, magic: '\x7f\x10\xda\xbe' },
  { format: 'vhdx', at: 0, magic: 'vhdxfile' },
];
const HEAD_SIZE = 68;

/**
 * Writes a disk as `path`, as a whole or not at all: `write` fills the raw one.
 * @throws as replaceFile; ToolError UNAVAILABLE without qemu-img
 */
export async function writeDisk<Result>(
  path: string,
  format: DiskFormat,
  write: (fd: number) => Result | Promise<Result>,
): Promise<Result> {
  if (format === 'raw') return replaceFile(path, write);
  return replaceFile(path, async (fd, { folder, janitor, name }) => {
    // Before the work, not after it.
    await findQemuImg(janitor);
    // Beside it, by a name that is no longer than any.
    const rawName = Buffer.from(name.toString() === 'raw' ? 'raw.img' : 'raw');
    const raw = folder.file(rawName, O_RDWR | O_CREAT | O_EXCL);
    try {
      const result = await write(raw);
      const at = (file: Buffer) => folder.pathOf(file).toString();
      await convertDisk(
        { format: 'raw', fd: raw, path: at(rawName) },
        { format, fd, path: at(name) },
        fstatSync(raw).size,
        janitor,
      );
      return result;
    } finally {
      closeSync(raw);
    }
  });
}

/**
 * Gives `use` the path of the raw disk in `path`: itself, or a temporary copy out of another format.
 * @throws ToolError NO_INPUT, UNAVAILABLE without qemu-img, CANNOT_CREATE, IO, CHANGED, LIMIT; FormatError if it leans
 * on other files, or is out of proportion
 */
export async function withRawDisk<Result>(
  path: string,
  use: (rawPath: string) => Promise<Result>,
): Promise<Result> {
  const format = detectFormat(path);
  if (format === 'raw') return use(path);
  const fd = openRegularFile(path);
  try {
    const before = fstatSync(fd, { bigint: true });
    return await withTemporaryFolder(async ({ folder, path: scratch, janitor }) => {
      await findQemuImg(janitor);
      const size = readDiskSize(fileSource(fd, path), format);
      checkRoom(path, scratch, size);
      const name = Buffer.from('raw.img');
      const raw = folder.file(name, O_RDWR | O_CREAT | O_EXCL, 0o600);
      try {
        const rawPath = join(scratch, 'raw.img');
        const from = { format, fd, path: resolve(path) };
        await unwrap(from, { format: 'raw', fd: raw, path: rawPath }, size, janitor);
        const after = fstatSync(fd, { bigint: true });
        if (after.ctimeNs !== before.ctimeNs || after.size !== before.size) {
          throw new ToolError('CHANGED', `${path}: changed while it was unwrapped`);
        }
        return await use(rawPath);
      } finally {
        closeSync(raw);
      }
    });
  } finally {
    closeSync(fd);
  }
}

async function unwrap(from: QemuDisk, to: QemuDisk, size: number, janitor: Janitor): Promise<void> {
  try {
    await convertDisk(from, to, size, janitor);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    if (error.code === 'LIMIT') throw new FormatError('LIMIT', error.message, { cause: error });
    if (error.code !== 'IO') throw error;
    if (isAboutRoom(error.message)) throw noRoom(from.path, to.path, error.message, error);
    const words = `not a valid ${from.format} disk`;
    throw new FormatError('BAD_SUPERBLOCK', words, { cause: error });
  }
}

/** A disk is written as far as it has content, which nobody knows before: there must be room for all of it. */
function checkRoom(file: string, folder: string, size: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (size <= bavail * bsize) return;
  throw noRoom(file, folder, `${size} bytes needed: No space left on device`);
}

function noRoom(file: string, where: string, words: string, cause?: unknown): ToolError {
  return new ToolError('IO', `${file}: cannot unwrap into ${where}: ${words}`, cause);
}

/**
 * Tells by its first bytes what a disk is wrapped in.
 * @throws ToolError NO_INPUT, IO
 */
export function detectFormat(path: string): DiskFormat {
  const head = readHead(path, HEAD_SIZE).toString('latin1');
  return MAGICS.find(({ at, magic }) => head.startsWith(magic, at))?.format ?? 'raw';
}
