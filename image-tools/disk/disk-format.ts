import { basename, dirname, join, resolve } from 'node:path';
import { decodeLatin1, FormatError, peekBytes } from '#format';
import { isAboutRoom, ToolError } from '../base/errors.ts';
import { openFileSource } from '../files/file-source.ts';
import type { Janitor } from '../files/janitor.ts';
import { replaceFile, replaceFromFolder, writeNewFile } from '../files/output-file.ts';
import { withTemporaryFolder } from '../files/temporary-folder.ts';
import { runQemuImg } from './qemu-img.ts';

/** What a disk may be wrapped in. */
export const DISK_FORMATS = ['raw', 'qcow2', 'vmdk', 'vdi', 'vhdx'] as const;
export type DiskFormat = (typeof DISK_FORMATS)[number];

/** What tells the wrapped ones: bytes at an offset. */
const MAGICS: readonly { format: DiskFormat; at: number; magic: string }[] = [
  // An image of ours, whatever its commit's id begins with: the PACK behind the superblock.
  { format: 'raw', at: 28, magic: 'PACK' },
  { format: 'qcow2', at: 0, magic: 'QFI\xfb' },
  { format: 'vmdk', at: 0, magic: 'KDMV' },
  { format: 'vdi', at: 64, magic: '\x7f\x10\xda\xbe' },
  { format: 'vhdx', at: 0, magic: 'vhdxfile' },
];
const HEAD_SIZE = 68;
/** Larger disks are refused: a small file may claim any size. */
const MAX_DISK_SIZE = 2 ** 44;

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
  return replaceFromFolder(path, async (file, janitor) => {
    // Before the work, not behind it.
    await runQemuImg(['--version'], janitor);
    // Beside it, by a name that is no longer than any.
    const raw = join(dirname(file), basename(file) === 'raw' ? 'raw.img' : 'raw');
    const result = await writeNewFile(raw, write);
    await runQemuImg(['convert', '-f', 'raw', '-O', format, raw, file], janitor);
    return result;
  });
}

/**
 * Gives `use` the path of the raw disk in `path`: itself, or a temporary copy out of another format.
 * @throws ToolError NO_INPUT, UNAVAILABLE without qemu-img, CANNOT_CREATE, IO; FormatError if it leans on other files
 */
export async function withRawDisk<Result>(
  path: string,
  use: (rawPath: string) => Promise<Result>,
): Promise<Result> {
  const format = detectFormat(path);
  if (format === 'raw') return use(path);
  return withTemporaryFolder(async (folder, janitor) => {
    const raw = join(folder, 'raw.img');
    await unwrap(resolve(path), format, raw, janitor);
    return use(raw);
  });
}

async function unwrap(
  file: string,
  format: DiskFormat,
  raw: string,
  janitor: Janitor,
): Promise<void> {
  try {
    const info = await runQemuImg(['info', '-f', format, '--output=json', file], janitor);
    checkStandsAlone(file, info);
    await runQemuImg(['convert', '-f', format, '-O', 'raw', file, raw], janitor);
  } catch (error) {
    if (!(error instanceof ToolError) || error.code !== 'IO') throw error;
    if (isAboutRoom(error.message)) {
      const words = `${file}: cannot unwrap into ${raw}: ${error.message}`;
      throw new ToolError('IO', words, error);
    }
    throw new FormatError('BAD_SUPERBLOCK', `no sound ${format} disk`, { cause: error });
  }
}

/**
 * Tells by its first bytes what a disk is wrapped in.
 * @throws ToolError NO_INPUT
 */
export function detectFormat(path: string): DiskFormat {
  const source = openFileSource(path);
  try {
    const head = decodeLatin1(peekBytes(source, 0, HEAD_SIZE).subarray(0, HEAD_SIZE));
    return MAGICS.find(({ at, magic }) => head.startsWith(magic, at))?.format ?? 'raw';
  } finally {
    source.close();
  }
}

/** A wrapped disk can name other files to be read in its place: those of whoever verifies it. */
function checkStandsAlone(file: string, json: string): void {
  const info = JSON.parse(json) as {
    'virtual-size': number;
    'backing-filename'?: string;
    'format-specific'?: { data?: { 'data-file'?: string; extents?: { filename: string }[] } };
  };
  const data = info['format-specific']?.data;
  const others = (data?.extents ?? []).some(({ filename }) => filename !== file);
  if (info['backing-filename'] !== undefined || data?.['data-file'] !== undefined || others) {
    throw new FormatError('BAD_SUPERBLOCK', 'a disk that is kept in other files too');
  }
  if (info['virtual-size'] > MAX_DISK_SIZE) {
    throw new FormatError('LIMIT', `a disk of more than ${MAX_DISK_SIZE} bytes`);
  }
}
