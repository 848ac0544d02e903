import type { ServedImage } from './served-image.ts';

/** A way in which images are served. */
export interface Serving {
  readonly clients: number;
  /** Of data, that clients were given so far. */
  readonly bytes: number;
  /** Serves others from now on. @throws where they cannot be opened: all stays as it is */
  swap(images: readonly ServedImage[]): void;
  close(): Promise<void>;
}
