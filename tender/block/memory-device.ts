import type { BlockDevice } from './block-device.ts';

/**
 * A device over bytes in memory, for programs that have no file.
 * @param bytes borrowed: whole sectors; writes change them
 */
export function createMemoryDevice(
  bytes: Uint8Array,
  sectorSize = 512,
  writable = false,
): BlockDevice {
  if (bytes.length === 0 || bytes.length % sectorSize !== 0) {
    throw new RangeError(`${bytes.length} bytes are no whole sectors of ${sectorSize}`);
  }
  const device: BlockDevice = {
    sectorSize,
    capacity: bytes.length / sectorSize,
    read(offset, into) {
      let at = offset;
      for (const buffer of into) {
        buffer.set(bytes.subarray(at, at + buffer.length));
        at += buffer.length;
      }
    },
    close() {},
  };
  if (!writable) return device;
  return {
    ...device,
    write(offset, from) {
      let at = offset;
      for (const buffer of from) {
        bytes.set(buffer, at);
        at += buffer.length;
      }
    },
    flush() {},
  };
}
