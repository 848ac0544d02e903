import type { Libc } from '../native/libc.ts';

/**
 * A block device on the host. Offsets are in bytes, and with the total length of the buffers they
 * are multiples of `sectorSize` that lie inside the device: callers have checked that.
 */
export interface BlockDevice {
  /** Bytes; a power of two from 512 to 32,768. */
  readonly sectorSize: number;
  /** In sectors of `sectorSize` bytes. */
  readonly capacity: number;
  /** Fills every buffer, in order, from `offset` on. @throws {HostError} */
  read(offset: number, into: readonly Uint8Array[]): void;
  /** Absent where the device is read-only. @throws {HostError} */
  write?(offset: number, from: readonly Uint8Array[]): void;
  /** Makes all writes durable. @throws {HostError} */
  flush?(): void;
  /**
   * Keeps writers from sharing the device with anybody; absent where nobody else can reach it.
   * @throws {HostError} where it is in use already
   */
  lock?(libc: Libc): void;
  /** To close it again does nothing. */
  close(): void;
}

/** The host failed: fatal to the guest, never its fault. */
export class HostError extends Error {
  override readonly name = 'HostError';
}

/** A block device under the name that the guest's manifest gives it. */
export interface NamedDevice {
  readonly name: string;
  readonly device: BlockDevice;
}
