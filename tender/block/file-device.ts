import { closeSync, fsyncSync, readSync, readvSync, writevSync } from 'node:fs';
import { sliceBuffers } from '../base/buffers.ts';
import { HostError } from '../base/errors.ts';
import { LOCK_EX, LOCK_NB, LOCK_SH } from '../native/constants.ts';
import type { BlockDevice } from './block-device.ts';

/** What {@link createFileDevice} needs to know; see {@link BlockDevice} for the units. */
export interface FileDeviceOptions {
  /** For messages. */
  readonly path: string;
  /** An open descriptor; the device closes it. */
  readonly fd: number;
  readonly sectorSize: number;
  readonly capacity: number;
  readonly writable: boolean;
  /** The system's own if absent. */
  readonly files?: FileCalls;
}

/** What a file device needs of the system. Transfers may be short, as the kernel's may. */
export interface FileCalls {
  read(fd: number, into: Uint8Array, position: number): number;
  readVector(fd: number, into: readonly Uint8Array[], position: number): number;
  writeVector(fd: number, from: readonly Uint8Array[], position: number): number;
  sync(fd: number): void;
}

/** Node's own. */
export const SYSTEM: FileCalls = {
  read: (fd, into, position) => readSync(fd, into, 0, into.length, position),
  readVector: (fd, into, position) => readvSync(fd, into, position),
  writeVector: (fd, from, position) => writevSync(fd, from, position),
  sync: fsyncSync,
};

/** Calls again what a signal broke off: a file system may let one (FUSE, NFS), and Node tells. */
function attempt<T>(doing: string, action: () => T): T {
  for (;;) {
    try {
      return action();
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code !== 'EINTR') throw new HostError(`Fatal error when ${doing}: ${message}`, { cause });
    }
  }
}

type Transfer = (buffers: Uint8Array[], position: number) => number;

/** Goes on after a short transfer, as the kernel may make one at any signal. */
function transferAll(
  doing: string,
  buffers: readonly Uint8Array[],
  offset: number,
  transfer: Transfer,
): void {
  let rest = sliceBuffers(buffers, 0, Number.POSITIVE_INFINITY);
  let position = offset;
  while (rest.length > 0) {
    const moved = attempt(doing, () => transfer(rest, position));
    if (moved === 0) {
      throw new HostError(`Fatal error when ${doing}: the file ends at byte ${position}`);
    }
    position += moved;
    rest = sliceBuffers(rest, moved, Number.POSITIVE_INFINITY);
  }
}

/** A raw image: a regular file or a host's block device. Positioned reads only, no seeking. */
export function createFileDevice(options: FileDeviceOptions): BlockDevice {
  const { path, sectorSize, capacity, writable, files = SYSTEM } = options;
  let isOpen = true;
  /** The descriptor; once closed, its number is soon that of another file, which is no guest's to read. */
  function descriptor(): number {
    if (isOpen) return options.fd;
    throw new HostError(`${path}: the device is closed; it serves one guest only`);
  }
  const device: BlockDevice = {
    sectorSize,
    capacity,
    get fd() {
      return descriptor();
    },
    read(offset, into) {
      const fd = descriptor();
      const [only] = into;
      // One plain read is the usual case, and costs less than a vector of one.
      if (into.length === 1 && only !== undefined) {
        const moved = attempt('reading', () => files.read(fd, only, offset));
        if (moved === only.length) return;
      }
      transferAll('reading', into, offset, (rest, at) => files.readVector(fd, rest, at));
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
  return Object.assign(device, {
    write(offset: number, from: readonly Uint8Array[]) {
      const fd = descriptor();
      transferAll('writing', from, offset, (rest, at) => files.writeVector(fd, rest, at));
    },
    flush() {
      const fd = descriptor();
      attempt('writing', () => files.sync(fd));
    },
  });
}
