import { readSync } from 'node:fs';
import { TenderError } from '../../base/errors.ts';
import { type Attached, encodeAttached } from '../../guests/elf/attached-manifest.ts';
import type { ElfProgram } from '../../guests/elf/elf-reader.ts';
import { LEAST_ADDRESS, type MemoryImage } from '../../guests/elf/segments.ts';
import { PROT_WRITE } from '../../native/constants.ts';
import type { Device } from '../../virtio/device.ts';
import type { ProtectedRange } from './guest-memory.ts';

/** Where the boot information is; directly behind it are the manifest and the command line. */
const BOOT_INFO = 0x10000;
const BOOT_INFO_BYTES = 56;

/** Reads the segments of a guest's file into its memory. @throws {TenderError} */
export function loadSegments(
  { path, fd }: ElfProgram,
  { segments }: MemoryImage,
  memory: ArrayBuffer,
): void {
  const bytes = new Uint8Array(memory);
  for (const { address, offset, fileSize } of segments) {
    for (let done = 0; done < fileSize; ) {
      const count = readSync(fd, bytes, address + done, fileSize - done, offset + done);
      if (count === 0)
        throw new TenderError(`${path}: Could not read: the file ends at byte ${offset + done}`);
      done += count;
    }
  }
}

/** What of its memory a guest cannot write to. */
export function protectedRanges({ segments }: MemoryImage): ProtectedRange[] {
  const readOnly = segments.filter(({ protection }) => (protection & PROT_WRITE) === 0);
  return [{ start: 0, end: LEAST_ADDRESS }, ...readOnly];
}

/** A device in the manifest that a guest gets. */
function describeDevice({ blocks, net }: Device): Attached | undefined {
  // Descriptors are the tender's: hvt's guests do not use them.
  if (blocks !== undefined) {
    const { sectorSize, capacity } = blocks;
    return { kind: 'BLOCK_BASIC', capacity: sectorSize * capacity, blockSize: sectorSize, fd: 0 };
  }
  return net && { kind: 'NET_BASIC', mac: net.mac, mtu: net.mtu, fd: 0 };
}

/** What a guest is told at its start. */
export interface BootInfo {
  readonly program: ElfProgram;
  readonly image: MemoryImage;
  readonly devices: readonly Device[];
  readonly commandLine: string;
  readonly cycleFrequency: number;
}

/** Writes struct hvt_boot_info, version 2, with what it points to. */
export function writeBootInfo(
  { program, image, devices, commandLine, cycleFrequency }: BootInfo,
  memory: ArrayBuffer,
): void {
  const attached = new Map<string, Attached>();
  for (const device of devices) {
    const described = describeDevice(device);
    if (described !== undefined) attached.set(device.name, described);
  }
  const manifest = encodeAttached(program.manifest, attached);
  const manifestAt = BOOT_INFO + BOOT_INFO_BYTES;
  const lineAt = manifestAt + manifest.length;
  const words = [image.memory, image.end, cycleFrequency, lineAt, manifestAt, 0, 0];
  const bytes = new Uint8Array(memory);
  bytes.set(new Uint8Array(BigUint64Array.from(words, BigInt).buffer), BOOT_INFO);
  bytes.set(manifest, manifestAt);
  const line = Buffer.from(`${commandLine}\0`);
  bytes.set(line, lineAt);
}
