import type { DeviceType } from '#abi';
import type { Sandbox } from '../sandbox.ts';

/** What the tender tells the runtime before anything else. */
export interface BootConfig {
  readonly arguments: readonly string[];
  /** Bytes of memory that is shared by guest and devices, the queues included. */
  readonly memorySize: number;
  readonly devices: readonly BootDevice[];
  readonly sandbox: Sandbox;
  /** The files of koffi's native module; empty if the guest runs without koffi. */
  readonly koffi: readonly string[];
  /** Whether the memory file of {@link MEMORY_FD} is there to be shared with the tender. */
  readonly shared: boolean;
  /** See `Walls.landlock`. */
  readonly landlock: number;
  /** Of the guest, in MiB. */
  readonly memory: number;
  /** Bytes of compiled code of the guest's script, which precede the script; 0 for none. */
  readonly codeSize: number;
  /** Whether the tender wants the compiled code of this run. */
  readonly wantsCode: boolean;
  /** Report phases. */
  readonly timing: boolean;
}

interface BootDevice {
  readonly name: string;
  readonly kind: DeviceType;
  /** How many it has. */
  readonly queues: number;
  readonly features: number;
  /** The device's configuration space, byte by byte. */
  readonly config: readonly number[];
}

/** The tender's answer to the event `ready`: the last word before the guest runs. */
export interface GoConfig {
  /** Whether there are cores enough to watch shared memory for a moment before sleeping. */
  readonly spin: boolean;
}

/** The file descriptor of the channel in the guest's process. */
export const CHANNEL_FD = 3;
/** That of the memory file, where there is one. */
export const MEMORY_FD = 4;
