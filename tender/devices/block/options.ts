import { closeSync } from 'node:fs';
import type { ManifestDevice } from '#abi';
import { optionValue, parseAssignment, parseDecimal } from '../../base/args.ts';
import { TenderError } from '../../base/errors.ts';
import { countReads } from '../../block/filters/counted.ts';
import {
  checkSectorSize,
  DEFAULT_SECTOR_SIZE,
  deviceOfImage,
} from '../../block/open-block-device.ts';
import { type OpenImage, openImage } from '../../block/open-image.ts';
import type { Device } from '../../virtio/device.ts';
import type { DeviceOptions } from '../kind.ts';
import { createVirtioBlock } from './virtio-block.ts';

/** The options of block devices, for `--help`. */
export const USAGE = `  --block:NAME=PATH           attach the image at PATH as the block device NAME, read-only
  --block-writable:NAME=PATH  attach it for writing, with an exclusive lock
  --block-sector-size:NAME=N  sector size in bytes: a power of two from 512 (default) to 32768
`;

interface Attachment {
  readonly image: OpenImage;
  readonly writable: boolean;
}

/**
 * The options of block devices. They are checked as they come, so the first wrong one is the one named.
 * @param declared the guest's devices: options for others are refused
 */
export function createBlockOptions(declared: readonly ManifestDevice[]): DeviceOptions {
  const attached = new Map<string, Attachment>();
  const sectorSizes = new Map<string, number>();

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
    attached.set(name, { image: openImage(path, writable), writable });
  }

  return {
    handleArg(option) {
      const readOnly = optionValue(option, '--block:');
      const writable = optionValue(option, '--block-writable:');
      const sectorSize = optionValue(option, '--block-sector-size:');
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
      for (const { name } of declared) {
        const attachment = attached.get(name);
        if (attachment === undefined) continue;
        const { image, writable } = attachment;
        const sectorSize = sectorSizes.get(name) ?? DEFAULT_SECTOR_SIZE;
        const device = deviceOfImage(name, image, sectorSize, writable);
        devices.push(createVirtioBlock(name, countReads(device, reads)));
      }
      attached.clear();
      return devices;
    },
    close() {
      for (const { image } of attached.values()) closeSync(image.fd);
      attached.clear();
    },
  };
}
