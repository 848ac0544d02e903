import type { DeviceType } from '#abi';
import type { CheckedDevice } from '../block/filters/checked.ts';
import type { Libc } from '../native/libc.ts';
import type { NetDevice } from '../net/net-device.ts';

/** One request of a guest: a chain of descriptors, checked to lie inside the guest's memory. */
export interface Chain {
  /** Names it in messages, and in the used ring. */
  readonly head: number;
  /**
   * What the device reads, in order. The guest may change it at any time: a field is copied first,
   * then checked.
   */
  readonly readable: readonly Uint8Array[];
  /** What the device writes, in order. */
  readonly writable: readonly Uint8Array[];
}

/** Bytes that a device wrote into a chain's writable space; none between those at its two ends. */
export interface Written {
  /** From the first byte on. */
  readonly front: number;
  /** Up to the last byte. */
  readonly back: number;
}

/** A device of a guest, of any kind: scripts use its queues, unikernels call the device behind them. */
export interface Device {
  /** What the guest's manifest calls it. */
  readonly name: string;
  /** What the guest's manifest says that it is. */
  readonly kind: DeviceType;
  /** Feature bits (virtio 1.2, section 6): those offered bind the guest without negotiation. */
  readonly features: number;
  /** The configuration space. */
  readonly config: Uint8Array;
  /** How many queues it has; 0 where it cannot be used by way of queues. */
  readonly queues: number;
  /**
   * Carries out one request, at once or later; chains in flight may end in any order. Their buffers
   * are borrowed until then.
   * @throws {VirtqueueError} (or rejects) where it is no request at all: the guest is ended
   * @throws {HostError} (or rejects) where the host fails
   */
  serve(queue: number, chain: Chain): Written | Promise<Written>;
  /** What a block device stands for; absent for others. */
  readonly blocks?: CheckedDevice;
  /** What a network device stands for; absent for others. */
  readonly net?: NetDevice;
  /** Runs the code that serves a request once, so that a guest's first one finds it warm. */
  readonly rehearse?: () => void;
  /**
   * Keeps others away from what the device stands for.
   * @param libc undefined where this system has none
   * @returns what the user is to be warned of, if anything
   * @throws {HostError} where it is in use
   */
  lock?(libc: Libc | undefined): string | undefined;
  /** Requests in flight end soon, well or not. */
  close(): void;
}
