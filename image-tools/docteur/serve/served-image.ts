import { basename } from 'node:path';
import { decodeSuperblock, type Oid, oidToHex, readExact, SUPERBLOCK_SIZE } from '#format';
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
import { type ImageOptions, mountOf, placeOf } from '../image-options.ts';
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
  /** Whether it must be that one: whoever reads files then checks all that is read. */
  readonly isPinned: boolean;
  /** Bytes. */
  readonly size: number;
}

/** An address's last part, without what is no part of a name. */
function nameOf(address: string): string {
  const [path = ''] = isRemote(address) ? address.split(/[?#]/) : [address];
  return basename(path);
}

/** What an image is, once its structure has been checked as every reader does. @throws what it is not */
function describeImage(address: string, options: ImageOptions): ServedImage {
  const place = placeOf(address, options);
  const { remote } = place;
  const path = filePathOf(place) ?? address;
  const isPinned = options.commit !== undefined;
  try {
    const { bytes, size, close } = openImage(place, mountOf(options));
    try {
      checkCapacity(path, size, DEFAULT_SECTOR_SIZE);
      // Of an image that was checked, the commit is the one that was asked for.
      const head = bytes && readExact(bytes, 0, SUPERBLOCK_SIZE);
      const oid = head === undefined ? options.commit : decodeSuperblock(head).commit;
      const commit = oidToHex(oid as Oid);
      return { path, remote, name: nameOf(path), commit, isPinned, size };
    } finally {
      close();
    }
  } catch (error) {
    throw nameInput(path, error);
  }
}

/** What there is to be served. @throws {ToolError} where two have one name */
export function describeImages(paths: readonly string[], options: ImageOptions): ServedImage[] {
  const images = paths.map((path) => describeImage(path, options));
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
