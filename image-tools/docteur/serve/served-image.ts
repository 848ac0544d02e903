import { basename } from 'node:path';
import { type ByteSource, decodeSuperblock, oidToHex, readExact, SUPERBLOCK_SIZE } from '#format';
import { checkDevice } from '../../../tender/block/filters/checked.ts';
import {
  checkCapacity,
  DEFAULT_SECTOR_SIZE,
  openBlockDevice,
} from '../../../tender/block/open-block-device.ts';
import { isRemote } from '../../../tender/block/remote/image-address.ts';
import { createLaterDevice } from '../../../tender/block/remote/later-device.ts';
import {
  openImageDevice,
  type RemoteOptions,
} from '../../../tender/block/remote/open-image-device.ts';
import type { ExportOptions } from '../../../tender/exports/nbd/exports.ts';
import { ToolError } from '../../base/errors.ts';
import { filePathOf, openImage } from '../../open/open-image.ts';
import { nameInput } from '../name-input.ts';
import { formatBytes } from '../units.ts';

/** An image that is served. */
export interface ServedImage {
  /** Or its address. */
  readonly path: string;
  /** How it is read where it is elsewhere. */
  readonly remote: RemoteOptions | undefined;
  /** As clients call it: the file's name. */
  readonly name: string;
  /** In hexadecimal. */
  readonly commit: string;
  /** Bytes. */
  readonly size: number;
}

/** An address's last part, without what is no part of a name. */
function nameOf(address: string): string {
  const [path = ''] = isRemote(address) ? address.split(/[?#]/) : [address];
  return basename(path);
}

/** What an image is, once its structure has been checked as every reader does. @throws what it is not */
function describeImage(address: string, remote: RemoteOptions | undefined): ServedImage {
  const place = { address, remote };
  const path = filePathOf(place) ?? address;
  try {
    const { bytes, close } = openImage(place);
    try {
      const { size } = bytes as ByteSource;
      checkCapacity(path, size, DEFAULT_SECTOR_SIZE);
      const commit = oidToHex(
        decodeSuperblock(readExact(bytes as ByteSource, 0, SUPERBLOCK_SIZE)).commit,
      );
      return { path, remote, name: nameOf(path), commit, size };
    } finally {
      close();
    }
  } catch (error) {
    throw nameInput(path, error);
  }
}

/** What there is to be served. @throws {ToolError} where two have one name */
export function describeImages(
  paths: readonly string[],
  remote: RemoteOptions | undefined,
): ServedImage[] {
  const images = paths.map((path) => describeImage(path, remote));
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
  const { path, remote, name, size } = image;
  const capacity = size / DEFAULT_SECTOR_SIZE;
  const device = isRemote(path)
    ? createLaterDevice(openImageDevice(path, undefined, remote), DEFAULT_SECTOR_SIZE, capacity)
    : openBlockDevice(path);
  return { name, description: describeExport(image), device: checkDevice(device) };
}
