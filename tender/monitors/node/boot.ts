import type { Sandbox } from '../sandbox.ts';

/** What the tender tells the runtime before anything else. */
export interface BootConfig {
  readonly arguments: readonly string[];
  /** Bytes of memory that is shared by guest and devices, the queues included. */
  readonly memorySize: number;
  readonly devices: readonly BootDevice[];
  readonly sandbox: Sandbox;
  /** Where koffi's native module is; empty where the guest is to do without. */
  readonly koffi: readonly string[];
  /** Process id of the tender. */
  readonly tenderPid: number;
  /** Of the guest, in MiB. */
  readonly memory: number;
  /** Report phases. */
  readonly timing: boolean;
}

interface BootDevice {
  readonly name: string;
  readonly features: number;
  /** The device's configuration space, byte by byte. */
  readonly config: readonly number[];
}

/** The tender's answer to the event `ready`: the last word before the guest runs. */
export interface GoConfig {
  /** Whether the tender mapped the memory, and will see the rings there. */
  readonly shared: boolean;
  /** Whether there are cores enough to watch shared memory for a moment before sleeping. */
  readonly spin: boolean;
  /** Descriptors that the guest's process inherited from the tender's own parents by mistake. */
  readonly strayFds: readonly number[];
  /** Bytes of data segment that the process uses before the guest runs. */
  readonly dataBytes: number;
}

/** The file descriptor of the channel in the guest's process. */
export const CHANNEL_FD = 3;
