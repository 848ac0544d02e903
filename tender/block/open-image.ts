import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
} from 'node:fs';
import { errnoText } from '../base/errno-text.ts';
import { TenderError } from '../base/errors.ts';
import { refuseOthers } from './other-formats.ts';

/** An open file that may become a block device. */
export interface OpenImage {
  readonly path: string;
  readonly fd: number;
  /** Bytes. */
  readonly size: number;
}

/** Linux tells a host block device's size in units of 512 bytes here. */
function hostDeviceSize(stats: Stats): number {
  const major = (stats.rdev >> 8) & 0xfff;
  const minor = (stats.rdev & 0xff) | ((stats.rdev >> 12) & 0xfff00);
  return Number(readFileSync(`/sys/dev/block/${major}:${minor}/size`, 'utf8')) * 512;
}

function sizeOf(path: string, stats: Stats): number {
  if (stats.isFile()) return stats.size;
  try {
    if (stats.isBlockDevice()) return hostDeviceSize(stats);
  } catch (error) {
    throw new TenderError(`${path}: Could not determine capacity: ${errnoText(error)}`);
  }
  throw new TenderError(`${path}: Could not determine capacity: Illegal seek`);
}

function readHead(path: string, fd: number): Uint8Array {
  const head = Buffer.alloc(64);
  try {
    readSync(fd, head, 0, head.length, 0);
  } catch (error) {
    throw new TenderError(`Could not open block device: ${path}: ${errnoText(error)}`);
  }
  return head;
}

/**
 * Opens an image: a regular file, or a block device of the host. Never blocks on a FIFO.
 * @throws {TenderError}
 */
export function openImage(path: string, writable: boolean): OpenImage {
  const access = writable ? constants.O_RDWR : constants.O_RDONLY;
  let fd: number;
  try {
    fd = openSync(path, access | constants.O_NONBLOCK);
  } catch (error) {
    throw new TenderError(`Could not open block device: ${path}: ${errnoText(error)}`);
  }
  try {
    const stats = fstatSync(fd);
    if (stats.isDirectory()) {
      throw new TenderError(`Could not open block device: ${path}: Is a directory`);
    }
    if (stats.isFile()) refuseOthers(path, readHead(path, fd));
    return { path, fd, size: sizeOf(path, stats) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
