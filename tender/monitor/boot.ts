/** How much stands between a guest and the host; see `--sandbox`. */
export type Sandbox = 'strict' | 'portable' | 'none';

/** What the tender tells the runtime before anything else. */
export interface BootConfig {
  readonly arguments: readonly string[];
  /** Bytes of memory shared by guest and devices, the queues included. */
  readonly memorySize: number;
  readonly devices: readonly BootDevice[];
  readonly sandbox: Sandbox;
  /** Report phases. */
  readonly timing: boolean;
}

export interface BootDevice {
  readonly name: string;
  readonly features: number;
  /** The device's configuration space, byte by byte. */
  readonly config: readonly number[];
}

/** What the runtime tells the tender. Its text may come from the guest: it is no more than text. */
export type RuntimeEvent =
  | { readonly event: 'phase'; readonly phase: string; readonly at: string }
  | { readonly event: 'log'; readonly message: string }
  | { readonly event: 'uncaught'; readonly message: string }
  | { readonly event: 'broken'; readonly message: string };

/** The file descriptor of the channel in the guest's process. */
export const CHANNEL_FD = 3;
