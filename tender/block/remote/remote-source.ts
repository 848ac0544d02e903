import type { Range } from './range.ts';

/** An image that is somewhere else, open: bytes that stand still. */
export interface RemoteSource {
  /** For messages: without anything secret. */
  readonly shown: string;
  /** Bytes. */
  readonly size: number;
  /** What tells this version from others; absent where the protocol has no word for that. */
  readonly version?: string | undefined;
  /**
   * Exactly the bytes of a range inside the image.
   * @throws {HostError} (rejects) where it cannot be read any more
   */
  read(range: Range): Promise<Uint8Array>;
  /** What is in flight fails, and so does all that is asked afterwards. To close it again does nothing. */
  close(): void;
}
