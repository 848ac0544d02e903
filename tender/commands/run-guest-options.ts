import type { GivenDevice } from '../devices/kind.ts';
import type { HvtEngine, Sandbox } from '../monitors/sandbox.ts';

/** Which guest to run, and with what. */
export interface RunGuestOptions {
  /** The guest's file. */
  readonly guest: string;
  readonly arguments?: readonly string[];
  /**
   * A device for every name that the guest's manifest declares, and for no other. They are closed at its
   * end: each run needs its own.
   */
  readonly devices?: Readonly<Record<string, GivenDevice>>;
  /** In MiB; 512 by default. */
  readonly memory?: number;
  /** Processor time that the guest's process may use, in whole seconds; none by default. */
  readonly cpuSeconds?: number;
  /** `strict` by default. If it is not available, the guest is not run. */
  readonly sandbox?: Sandbox;
  /**
   * Whether V8's compiled code of the script may be kept in the user's cache folder, so that the next run
   * starts faster; true by default.
   */
  readonly codeCache?: boolean;
  /** What runs a unikernel for hvt: `auto` (the default) takes KVM if that works, else a process. */
  readonly hvt?: HvtEngine;
  /** The file descriptor that is the guest's console; 1 by default. */
  readonly consoleFd?: number;
  /** Ends the guest. */
  readonly signal?: AbortSignal;
}
