import { FIRST_GIVEN_FD } from '../confined/channel.ts';
import type { ServerConfig } from '../confined/start-server-process.ts';

/** Of the process that is the device of one virtual machine: where its descriptors are. */
export const LISTENER_FD = FIRST_GIVEN_FD;
/** The image's file, or the socket by which it is fetched. */
export const IMAGE_FD = FIRST_GIVEN_FD + 1;

/** What that process is told. */
export interface BackEndConfig extends ServerConfig {
  /** What messages and the machine call the image. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Whether the image is elsewhere. */
  readonly isFetched: boolean;
  /** The commit that the image must hold, in hexadecimal; undefined for any. */
  readonly commit: string | undefined;
  /** Map memory that the front end could cut. */
  readonly unsealed: boolean;
}

/** What it tells, a line of JSON each. */
export type BackEndEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'connect' }
  | { readonly event: 'disconnect'; readonly reason?: string | undefined }
  /** Bytes that the machine was given since the last time. */
  | { readonly event: 'traffic'; readonly bytes: number }
  /** Something of the image could not be read: the machine got an error. */
  | { readonly event: 'fault'; readonly message: string }
  /** The process ends. */
  | { readonly event: 'broken'; readonly message: string };
