import { HostError } from '../base/errors.ts';
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
    throw new RangeError(`${bytes.length} bytes are not whole sectors of ${sectorSize} bytes`);
  }
  let isOpen = true;
  function requireOpen(): void {
    if (!isOpen) throw new HostError('the device is closed; it serves one guest only');
  }
  const device: BlockDevice = {
    sectorSize,
    capacity: bytes.length / sectorSize,
    read(offset, into) {
      requireOpen();
      let at = offset;
      for (const buffer of into) {
        buffer.set(bytes.subarray(at, at + buffer.length));
        at += buffer.length;
      }
    },
    close() {
      isOpen = false;
    },
  };
  if (!writable) return device;
  return {
    ...device,
    write(offset, from) {
      requireOpen();
      let at = offset;
      for (const buffer of from) {
        bytes.set(buffer, at);
        at += buffer.length;
      }
    },
    flush: requireOpen,
  };
}
