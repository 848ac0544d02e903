import type { HostError } from '../base/errors.ts';
import type { Libc } from '../native/libc.ts';

/** Undefined if the call is done; else a promise that is fulfilled when it is. */
export type Later = void | Promise<void>;

/**
 * A block device on the host. Offsets are in bytes; with the total length of the buffers they are
 * multiples of `sectorSize` that lie inside the device: `checkDevice` stands before every device
 * that a guest or a client can reach.
 *
 * A call has ended when it returns, or when the promise that it returns settles: a device that never
 * waits gives no promise, and costs none. Calls in flight together may end in any order. Buffers are
 * borrowed until the call's end, and not a moment longer.
 *
 * A call that fails throws, or rejects with, a {@link RequestError} where that request cannot be
 * carried out, a {@link HostError} where the device cannot be used any more.
 */
export interface BlockDevice {
  /** Bytes; a power of two from 512 to 32,768. */
  readonly sectorSize: number;
  /** In sectors of `sectorSize` bytes. */
  readonly capacity: number;
  /**
   * A descriptor of a file that has the same bytes at the same offsets, with the rights of this device:
   * the device's to close. Absent where there is none, and behind filters that change anything.
   */
  readonly fd?: number | undefined;
  /** Fills every buffer, in order, from `offset` on. */
  read(offset: number, into: readonly Uint8Array[]): Later;
  /** Absent where the device is read-only. */
  write?(offset: number, from: readonly Uint8Array[]): Later;
  /** Makes durable every write that had ended before the call. */
  flush?(): Later;
  /**
   * Keeps writers from sharing the device with anybody; absent where nobody else can reach it.
   * @throws {HostError} where it is in use already
   */
  lock?(libc: Libc): void;
  /** Calls in flight end soon, well or not; later ones fail. To close it again does nothing. */
  close(): void;
}

/** One request cannot be carried out; its sender gets the error and may continue. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}
