import { TenderError } from '../../base/errors.ts';
import type { Attached } from '../../guests/elf/attached-manifest.ts';
import type { ElfProgram } from '../../guests/elf/elf-reader.ts';
import type { Device } from '../../virtio/device.ts';
import type { FilteredBlock } from './filter.ts';

/** The devices of a guest of spt, which uses their descriptors itself. */
export interface SptDevices {
  /** By their names. */
  readonly attached: ReadonlyMap<string, Attached>;
  readonly blocks: readonly FilteredBlock[];
  readonly nets: readonly { readonly handle: number; readonly fd: number }[];
}

function attach({ name, blocks, net }: Device): Attached {
  if (net !== undefined) return { kind: 'NET_BASIC', mac: net.mac, mtu: net.mtu, fd: net.fd };
  const fd = blocks?.fd;
  if (blocks === undefined || fd === undefined) {
    throw new TenderError(
      `Device '${name}': a guest of spt reads its disk itself: only a file, or a disk of this system, can be attached`,
    );
  }
  const { sectorSize, capacity } = blocks;
  return { kind: 'BLOCK_BASIC', capacity: sectorSize * capacity, blockSize: sectorSize, fd };
}

/** @throws {TenderError} if a device is not a descriptor of the kernel */
export function attachDevices({ manifest }: ElfProgram, devices: readonly Device[]): SptDevices {
  const attached = new Map(devices.map((device) => [device.name, attach(device)]));
  const blocks: FilteredBlock[] = [];
  const nets: { handle: number; fd: number }[] = [];
  for (const { name, handle } of manifest.devices) {
    const device = attached.get(name);
    if (device?.kind === 'BLOCK_BASIC') blocks.push(device);
    else if (device !== undefined) nets.push({ handle, fd: device.fd });
  }
  return { attached, blocks, nets };
}
