import type { NamedDevice } from '../block/block-device.ts';

/** One kind of device, as the command line sees it (Solo5's tender modules). */
export interface DeviceModule {
  /** Its options, a line each, for `--help`. */
  readonly usage: string;
  /**
   * Takes an option.
   * @returns false where the option is not this module's
   * @throws {TenderError} where it is, and wrong
   */
  handleArg(option: string): boolean;
  /**
   * Once all options are read: attaches what they name.
   * @returns this module's devices, in the manifest's order; the caller closes them
   * @throws {TenderError}
   */
  setup(): NamedDevice[];
  /** Gives up what options opened, where the guest is not started. */
  close(): void;
}
