/** Of the process that is the device of one virtual machine: where its descriptors are. */
export const CHANNEL_FD = 3;
export const LISTENER_FD = 4;
export const IMAGE_FD = 5;

/** What that process is told, as JSON in its argument. */
export interface BackEndConfig {
  /** Files of koffi's native module. */
  readonly koffi: readonly string[];
  /** What messages and the machine call the image. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Map memory that the front end could cut. */
  readonly unsealed: boolean;
  /** The version of Landlock that holds the process already. */
  readonly landlock: number;
}

/** What it tells, a line of JSON each. */
export type BackEndEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'connect' }
  | { readonly event: 'disconnect'; readonly reason?: string | undefined }
  /** Something of the image could not be read: the machine got an error. */
  | { readonly event: 'fault'; readonly message: string }
  /** The process ends. */
  | { readonly event: 'broken'; readonly message: string };
