import type { Device } from '../virtio/device.ts';
import type { HvtEngine, Sandbox } from './sandbox.ts';

/** What must be known before a guest's process can be started. */
export interface ProcessSetting {
  /** In MiB. */
  readonly memory: number;
  readonly sandbox: Sandbox;
  /** Where the guest's console goes: a file descriptor of this process. */
  readonly consoleFd: number;
  /** Processor time that the guest's process may use; 0 for no bound. */
  readonly cpuSeconds: number;
  /** Whether compiled code of guests may be kept for their next run. */
  readonly codeCache: boolean;
  /** What runs unikernels for hvt. */
  readonly hvt: HvtEngine;
  /** A folder for the memory and registers of a unikernel for hvt that aborts. */
  readonly dumpCore?: string | undefined;
}

/** All else that a monitor needs to run one guest. */
export interface GuestLaunch<Program> {
  /** As the reader of this kind of guest gave it. */
  readonly program: Program;
  readonly arguments: readonly string[];
  /** The `--solo5:LEVEL` arguments before these, which unikernels interpret themselves. */
  readonly levels?: readonly string[];
  /** In the order of the manifest. They belong to the monitor, which closes them. */
  readonly devices: readonly Device[];
  readonly onPhase?: ((phase: string, at: bigint) => void) | undefined;
  /** Called at the guest's exit, if `onPhase` is given: bytes of its heap and buffers, without the memory that it shares. */
  readonly onMemory?: ((bytes: number) => void) | undefined;
  /** A line of the guest for people, safe for a terminal; not marked as a guest's. */
  readonly onMessage?: ((line: string) => void) | undefined;
  /** A line of the monitor about the run. */
  readonly onLog?: ((level: 'warn' | 'info' | 'debug', line: string) => void) | undefined;
}

/** Why a guest is no longer running. A message that is the guest's own words begins with `guest: `. */
export type GuestEnd =
  /**
   * It exited with a status from 0 to 255. If that was not its choice, `message` says why, and `stack` names
   * places of its script, the innermost first.
   */
  | {
      readonly kind: 'exit';
      readonly status: number;
      readonly message?: string | undefined;
      readonly stack?: readonly string[] | undefined;
    }
  /** A signal ended it. */
  | { readonly kind: 'signal'; readonly signal: string; readonly message?: string | undefined }
  /** The tender ended it: the guest broke the ABI (`guest`), or the host failed (`host`). */
  | { readonly kind: 'ended'; readonly fault: 'guest' | 'host'; readonly message: string };

/** A guest that was started. */
export interface RunningGuest {
  /** Settles when the guest is gone and its devices are closed; never rejects. */
  readonly ended: Promise<GuestEnd>;
  /** Ends the guest at once, whatever it does. */
  kill(): void;
}

/** A process that was started before its guest is known. */
export interface WarmProcess<Program> {
  /** Runs the guest; once. */
  run(launch: GuestLaunch<Program>): RunningGuest;
  /** Ends it: there is no guest to run. */
  abandon(): void;
}

/**
 * Runs guests of one kind, with devices that know nothing of it. The process is started first, because
 * that takes longest: the guest's file and devices are looked at meanwhile.
 */
export interface Monitor<Program> {
  /** @throws {TenderError} if this system cannot do what is asked */
  warmUp(setting: ProcessSetting): WarmProcess<Program>;
}
