import { closeSync } from 'node:fs';
import type { ManifestDevice } from '#abi';
import { optionValue, parseAssignment, parseDecimal } from '../../base/args.ts';
import { TenderError } from '../../base/errors.ts';
import type { BlockDevice } from '../../block/block-device.ts';
import { countReads } from '../../block/filters/counted.ts';
import {
  checkSectorSize,
  DEFAULT_SECTOR_SIZE,
  deviceOfImage,
} from '../../block/open-block-device.ts';
import { type OpenImage, openImage } from '../../block/open-image.ts';
import { parseImageAddress } from '../../block/remote/image-address.ts';
import type { Device } from '../../virtio/device.ts';
import type { DeviceOptions } from '../kind.ts';
import { createVirtioBlock } from './virtio-block.ts';

/** The options of block devices, for `--help`. */
export const USAGE = `  --block:NAME=PATH           attach the image at PATH as the block device NAME, read-only;
                              PATH may be https://..., http://..., nbd://..., nbd+unix://...,
                              file:... or qemu:... (docs/remote.md)
  --cache=DIR                 keep what is fetched from web servers in this folder
  --cache-size=MB             most MiB of it (default 1024)
  --netrc=FILE                take logins of web servers from this file
  --header-file=FILE          send its lines, NAME: VALUE, to the web servers of --block
  --block-writable:NAME=PATH  attach it for writing, with an exclusive lock
  --block-sector-size:NAME=N  sector size in bytes: a power of two from 512 (default) to 32768
`;

/** The cache is a folder of files of 4 MiB each. */
const LEAST_CACHE_MIB = 16;
const MOST_CACHE_MIB = 2 ** 30;

/** What options say of images on web servers. */
interface RemoteSettings {
  cache?: string;
  /** Bytes. */
  cacheSize?: number;
  netrc?: string;
  headerFile?: string;
}

interface Attachment {
  /** A local image is open already; others are opened when the guest is set up. */
  readonly image: OpenImage | string;
  readonly writable: boolean;
}

/**
 * The options of block devices. They are checked as they come, so the first wrong one is the one named.
 * @param declared the guest's devices: options for others are refused
 */
export function createBlockOptions(declared: readonly ManifestDevice[]): DeviceOptions {
  const attached = new Map<string, Attachment>();
  const sectorSizes = new Map<string, number>();
  const remoteOptions: RemoteSettings = {};

  function requireDeclared(name: string): void {
    if (!declared.some((device) => device.name === name && device.type === 'BLOCK_BASIC')) {
      throw new TenderError(`Resource not declared in manifest: '${name}'`);
    }
  }
  function attach(option: string, assignment: string, writable: boolean): void {
    const [name, path] = parseAssignment(option, assignment);
    requireDeclared(name);
    if (attached.has(name))
      throw new TenderError(`Device '${name}' is attached twice: leave one out`);
    const address = parseImageAddress(path);
    if (address.kind === 'file') {
      attached.set(name, { image: openImage(address.path, writable), writable });
      return;
    }
    if (writable) {
      throw new TenderError(`Device '${name}': an image elsewhere is read-only: use --block`);
    }
    attached.set(name, { image: path, writable });
  }

  return {
    handleArg(option) {
      const readOnly = optionValue(option, '--block:');
      const writable = optionValue(option, '--block-writable:');
      const sectorSize = optionValue(option, '--block-sector-size:');
      if (takeRemoteOption(option, remoteOptions)) return true;
      if (readOnly !== undefined) attach(option, readOnly, false);
      else if (writable !== undefined) attach(option, writable, true);
      else if (sectorSize !== undefined) {
        const [name, value] = parseAssignment(option, sectorSize);
        requireDeclared(name);
        sectorSizes.set(name, checkSectorSize(parseDecimal(value) ?? Number.NaN, value));
      } else return false;
      return true;
    },
    setup(reads) {
      const devices: Device[] = [];
      const remote: [name: string, address: string, sectorSize: number][] = [];
      const serve = (name: string, device: BlockDevice) =>
        createVirtioBlock(name, countReads(device, reads));
      for (const { name } of declared) {
        const attachment = attached.get(name);
        if (attachment === undefined) continue;
        const { image, writable } = attachment;
        const sectorSize = sectorSizes.get(name) ?? DEFAULT_SECTOR_SIZE;
        if (typeof image === 'string') remote.push([name, image, sectorSize]);
        else devices.push(serve(name, deviceOfImage(name, image, sectorSize, writable)));
      }
      attached.clear();
      if (remote.length === 0) return devices;
      const opening = remote.map(async ([name, address, sectorSize]) => {
        const { openImageDevice } = await import('../../block/remote/open-image-device.ts');
        return serve(
          name,
          await openImageDevice(address, sectorSize, { ...remoteOptions, expectsEnd: true }),
        );
      });
      return addAll(devices, opening);
    },
    close() {
      for (const { image } of attached.values()) {
        if (typeof image !== 'string') closeSync(image.fd);
      }
      attached.clear();
    },
  };
}

/** Takes an option of images on web servers; false for any other. @throws {TenderError} */
function takeRemoteOption(option: string, into: RemoteSettings): boolean {
  const [, name, value] = /^--(cache|cache-size|netrc|header-file)=(.+)$/s.exec(option) ?? [];
  if (name === undefined || value === undefined) return false;
  if (name === 'cache') into.cache = value;
  else if (name === 'netrc') into.netrc = value;
  else if (name === 'header-file') into.headerFile = value;
  else {
    const mib = parseDecimal(value) ?? 0;
    if (mib < LEAST_CACHE_MIB || mib > MOST_CACHE_MIB) {
      throw new TenderError(
        `A cache has ${LEAST_CACHE_MIB} MiB at least, not '${value}' (--cache-size)`,
      );
    }
    into.cacheSize = mib * 2 ** 20;
  }
  return true;
}

/** Waits for the devices that are elsewhere; all are closed where one cannot be reached. */
async function addAll(devices: Device[], opening: readonly Promise<Device>[]): Promise<Device[]> {
  const results = await Promise.allSettled(opening);
  for (const result of results) if (result.status === 'fulfilled') devices.push(result.value);
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    for (const device of devices) device.close();
    throw result.reason;
  }
  return devices;
}
