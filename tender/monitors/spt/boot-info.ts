import { MAX_COMMAND_LINE } from '#abi';
import type { MemoryImage } from '../../guests/elf/segments.ts';

/** Where the guest finds what follows, and what it is called with. */
export const BOOT_INFO = 0x11000;
const BOOT_INFO_BYTES = 40;
const MANIFEST = BOOT_INFO + BOOT_INFO_BYTES;

/** What a guest is told at its start. */
export interface BootInfo {
  readonly image: MemoryImage;
  readonly epollFd: number;
  readonly timerFd: number;
  /** With what is attached. */
  readonly manifest: Uint8Array;
  /** At most {@link MAX_COMMAND_LINE} bytes, none of them zero. */
  readonly commandLine: string;
}

/** Boot information, the manifest, the command line, in one piece for {@link BOOT_INFO}. */
export function encodeBootInfo(info: BootInfo): Uint8Array {
  const { image, epollFd, timerFd, manifest, commandLine } = info;
  const line = Buffer.from(commandLine);
  if (line.length > MAX_COMMAND_LINE) throw new RangeError('a command line that is too long');
  const commandAddress = MANIFEST + manifest.length;
  const bytes = new Uint8Array(BOOT_INFO_BYTES + manifest.length + line.length + 1);
  const view = new DataView(bytes.buffer);
  [image.memory, image.end, commandAddress, MANIFEST].forEach((value, index) => {
    view.setBigUint64(8 * index, BigInt(value), true);
  });
  view.setInt32(32, epollFd, true);
  view.setInt32(36, timerFd, true);
  bytes.set(manifest, BOOT_INFO_BYTES);
  bytes.set(line, BOOT_INFO_BYTES + manifest.length);
  return bytes;
}
