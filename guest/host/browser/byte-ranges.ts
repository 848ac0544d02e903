/** Bytes that can be had by parts, each after a while. */
export interface ByteRanges {
  /** In bytes. */
  readonly size: number;
  /** Exactly the bytes from `from` up to `to`; they belong to the caller. Rejects with a RemoteError. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** An image that can be had by parts, as it was when its first bytes came. */
export interface Connection {
  readonly ranges: ByteRanges;
  /** The image's first bytes. */
  readonly head: Uint8Array;
  /** What tells it from its other states, as an ETag does; undefined where the server does not say. */
  readonly version: string | undefined;
}

/** Keeps parts of images from one visit to the next: `imageCache` of `docteur/browser-storage` makes one. */
export interface ImageCache {
  /**
   * Opens the image at `url` by way of what is kept of it.
   * @param connect asks the server; rejects with a RemoteError NO_ANSWER where there is no network
   */
  open(url: string, connect: () => Promise<Connection>): Promise<Connection>;
}
