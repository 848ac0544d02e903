/** Bytes that can be had by parts, each after a while. */
export interface ByteRanges {
  /** In bytes. */
  readonly size: number;
  /** Exactly the bytes from `from` up to `to`; they belong to the caller. Rejects with a RemoteError. */
  read(from: number, to: number): Promise<Uint8Array>;
}
