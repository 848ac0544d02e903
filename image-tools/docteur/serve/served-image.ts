import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { decodeSuperblock, oidToHex, SUPERBLOCK_SIZE } from '#format';
import { openImageFile } from '../../../guest/host/index.ts';
import { checkDevice } from '../../../tender/block/filters/checked.ts';
import { openBlockDevice } from '../../../tender/block/open-block-device.ts';
import type { ExportOptions } from '../../../tender/exports/nbd/exports.ts';
import { ToolError } from '../../base/errors.ts';
import { nameInput } from '../name-input.ts';
import { formatBytes } from '../units.ts';

/** An image that is served. */
export interface ServedImage {
  readonly path: string;
  /** As clients call it: the file's name. */
  readonly name: string;
  /** In hexadecimal. */
  readonly commit: string;
  /** Bytes. */
  readonly size: number;
}

function readCommit(path: string): string {
  const head = new Uint8Array(SUPERBLOCK_SIZE);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, head, 0, head.length, 0);
  } finally {
    closeSync(fd);
  }
  return oidToHex(decodeSuperblock(head).commit);
}

/** What an image is, once its structure has been checked as every reader does. @throws what it is not */
function describeImage(path: string): ServedImage {
  try {
    openImageFile(path).close();
    const { capacity, sectorSize, close } = openBlockDevice(path);
    close();
    const size = capacity * sectorSize;
    return { path, name: basename(path), commit: readCommit(path), size };
  } catch (error) {
    throw nameInput(path, error);
  }
}

/** What there is to be served. @throws {ToolError} where two have one name */
export function describeImages(paths: readonly string[]): ServedImage[] {
  const images = paths.map(describeImage);
  for (const { name, path } of images) {
    const other = images.find((one) => one.name === name && one.path !== path);
    if (other !== undefined) {
      const text = `${other.path} and ${path} have the same name; clients could not tell them apart`;
      throw new ToolError('USAGE', text);
    }
  }
  return images;
}

/** What clients are told of an image. */
export function describeExport({ commit, size }: ServedImage): string {
  return `docteur image, commit ${commit}, ${formatBytes(size)}`;
}

/** An image as an NBD export; its device is the caller's. */
export function exportImage(image: ServedImage): ExportOptions {
  const device = checkDevice(openBlockDevice(image.path));
  return { name: image.name, description: describeExport(image), device };
}
