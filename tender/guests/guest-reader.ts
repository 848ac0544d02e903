import type { Manifest } from '#abi';

/** What a guest's file holds, nothing of it run. */
export interface GuestContent<Program> {
  readonly manifest: Manifest;
  /** For the monitor of this kind of guest, and for nobody else. */
  readonly program: Program;
}

/** Reads the files of one kind of guest. */
export interface GuestReader<Program> {
  /** Whether a file may be of this kind that begins so: {@link HEAD_BYTES}, or all of a smaller one. */
  recognizes(head: Uint8Array): boolean;
  /**
   * Takes a file apart.
   * @param path for messages
   * @throws {TenderError} where it is no guest of this kind after all
   */
  read(path: string, bytes: Buffer): GuestContent<Program>;
}

/** What is looked at to tell one kind of guest from another. */
export const HEAD_BYTES = 64;
