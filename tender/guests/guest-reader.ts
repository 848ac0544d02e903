import type { Manifest } from '#abi';

/** A guest's file of which no more is known than how it begins. */
export interface OpenGuest {
  readonly path: string;
  /** Its first {@link HEAD_BYTES}; fewer where it is smaller. */
  readonly head: Buffer;
  /** Open for reading, until `close`; of a pipe, the head has been taken from it. */
  readonly fd: number;
  /** All of it; once, and the file is closed. @throws {TenderError} */
  readAll(): Buffer;
  /** Gives it up, if it is still open. */
  close(): void;
}

/** What a guest's file holds, nothing of it run. */
export interface GuestContent<Program> {
  readonly manifest: Manifest;
  /** Only the monitor of this kind of guest uses it. */
  readonly program: Program;
  /** Whether it can be run with so much memory, in MiB. @throws {TenderError} where it cannot */
  fit(memory: number): void;
}

/** Reads the files of one kind of guest. */
export interface GuestReader<Program> {
  /**
   * Takes a file apart. It is closed, or the program is what closes it.
   * @throws {TenderError} where it is no guest of this kind after all; the file is closed
   */
  read(file: OpenGuest): GuestContent<Program>;
}

/** What is looked at to tell one kind of guest from another. */
export const HEAD_BYTES = 64;
