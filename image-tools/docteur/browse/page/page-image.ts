import type { OpenedRemoteImage } from '../../../../guest/host/browser/index.ts';

/** An image of this page. */
export interface PageImage {
  readonly name: string;
  /** Opened when it is first needed. */
  open(): Promise<OpenedRemoteImage>;
  /** Some of its bytes, from `from` up to `to`. */
  part(from: number, to: number): Promise<Uint8Array>;
  /** Bytes that were fetched of it so far. */
  fetched(): number;
  /** Where the report is of where its bytes went; none of an image that was not at hand. */
  readonly map: string | undefined;
}
