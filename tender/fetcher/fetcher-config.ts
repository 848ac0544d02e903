import type { RemoteAddress } from '../block/remote/image-address.ts';
import type { RemoteOptions } from '../block/remote/open-image-device.ts';

/** Of the process that fetches: where whoever started it speaks to it, and where it is asked for bytes. */
export const CHANNEL_FD = 3;
export const REQUESTS_FD = 4;

/** What that process is told, in its first line of JSON: an argument would be seen by other users. */
export interface FetcherConfig {
  /** Files of koffi's native module. */
  readonly koffi: readonly string[];
  readonly address: RemoteAddress;
  readonly options: RemoteOptions;
  /** It runs programs for this address: it may execute them. */
  readonly runsPrograms: boolean;
}

/** What it then says, in a line of JSON. */
export type FetcherAnswer =
  | {
      readonly event: 'open';
      /** Bytes. */
      readonly size: number;
      /** For messages. */
      readonly shown: string;
      /** What tells this version of the image from others; empty where the protocol has no word for that. */
      readonly version: string;
    }
  | { readonly event: 'failed'; readonly message: string };
