import { closeSync, fsyncSync, readSync, readvSync, writevSync } from 'node:fs';
import { LOCK_EX, LOCK_NB, LOCK_SH } from '../native/constants.ts';
import { type BlockDevice, HostError } from './block-device.ts';

/** What {@link createFileDevice} needs to know; see {@link BlockDevice} for the units. */
export interface FileDeviceOptions {
  /** For messages. */
  readonly path: string;
  /** An open descriptor; the device closes it. */
  readonly fd: number;
  readonly sectorSize: number;
  readonly capacity: number;
  readonly writable: boolean;
}

function attempt<T>(doing: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new HostError(`Fatal error when ${doing}: ${(error as Error).message}`, { cause: error });
  }
}

/** Drops the first `count` bytes of a list of buffers. */
function dropBytes(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let left = count;
  for (const buffer of buffers) {
    if (left < buffer.length) rest.push(left === 0 ? buffer : buffer.subarray(left));
    left = Math.max(0, left - buffer.length);
  }
  return rest;
}

type Transfer = (buffers: Uint8Array[], position: number) => number;

/** Goes on after a short transfer, as the kernel may make one at any signal. */
function transferAll(
  doing: string,
  buffers: readonly Uint8Array[],
  offset: number,
  transfer: Transfer,
): void {
  let rest = [...buffers];
  let position = offset;
  while (rest.length > 0) {
    const moved = attempt(doing, () => transfer(rest, position));
    if (moved === 0) {
      throw new HostError(`Fatal error when ${doing}: the file ends at byte ${position}`);
    }
    position += moved;
    rest = dropBytes(rest, moved);
  }
}

/** A raw image: a regular file or a host's block device. Positioned reads only, no seeking. */
export function createFileDevice(options: FileDeviceOptions): BlockDevice {
  const { path, sectorSize, capacity, writable } = options;
  let isOpen = true;
  /** The descriptor; once closed, its number is soon that of another file, which is no guest's to read. */
  function descriptor(): number {
    if (isOpen) return options.fd;
    throw new HostError(`${path}: the device is closed: it serves one guest`);
  }
  const device: BlockDevice = {
    sectorSize,
    capacity,
    read(offset, into) {
      const fd = descriptor();
      const [only] = into;
      // One plain read is the usual case, and costs less than a vector of one.
      if (into.length === 1 && only !== undefined) {
        const moved = attempt('reading', () => readSync(fd, only, 0, only.length, offset));
        if (moved === only.length) return;
      }
      transferAll('reading', into, offset, (rest, at) => readvSync(fd, rest, at));
    },
    lock(libc) {
      const kind = writable ? LOCK_EX : LOCK_SH;
      const result = libc.raw('flock', descriptor(), kind | LOCK_NB);
      if (result < 0) {
        const other = writable ? 'somebody has it open' : 'a writer has it open';
        throw new HostError(`${path}: Could not lock: ${other}`);
      }
    },
    close() {
      if (isOpen) closeSync(options.fd);
      isOpen = false;
    },
  };
  if (!writable) return device;
  return {
    ...device,
    write(offset, from) {
      const fd = descriptor();
      transferAll('writing', from, offset, (rest, at) => writevSync(fd, rest, at));
    },
    flush() {
      const fd = descriptor();
      attempt('writing', () => fsyncSync(fd));
    },
  };
}
