import type { DeviceType, ManifestDevice } from '#abi';
import type { BlockDevice } from '../block/block-device.ts';
import type { ReadCount } from '../block/filters/counted.ts';
import type { NetDevice } from '../net/net-device.ts';
import type { Device } from '../virtio/device.ts';

/** What a program may give a guest as a device. */
export type GivenDevice = BlockDevice | NetDevice;

/** One kind of device, as the rest of the tender sees it (Solo5's tender modules). */
export interface DeviceKind {
  /** Its name in manifests. */
  readonly type: DeviceType;
  /** Its options, a line each, for `--help`. */
  readonly usage: string;
  /**
   * What takes the options of one run.
   * @param declared the guest's devices, of all kinds: options for others are refused
   */
  createOptions(declared: readonly ManifestDevice[]): DeviceOptions;
  /** The device for something that a program gives; undefined where that is of another kind. */
  adopt(name: string, given: GivenDevice): Device | undefined;
}

/** The options of one kind of device, for one run. */
export interface DeviceOptions {
  /**
   * Takes an option.
   * @returns false where the option is not this kind's
   * @throws {TenderError} where it is, and wrong
   */
  handleArg(option: string): boolean;
  /**
   * Once all options are read: attaches what they name.
   * @param reads counts what the devices read
   * @returns the devices of this kind, at once or once they are reached; the caller closes them
   * @throws {TenderError} (or rejects), with none of them left open that `close` does not close
   */
  setup(reads: ReadCount): Device[] | Promise<Device[]>;
  /** Gives up what options opened, where the guest is not started. */
  close(): void;
}
