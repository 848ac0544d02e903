/** Memory of a machine, in one piece. */
export interface MappedMemory {
  /** From the file's first byte on. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  unmap(): void;
}

/** What a session needs of the system: tests give it another. Descriptors are the session's to close. */
export interface VhostHost {
  /**
   * Maps the first `size` bytes of a file.
   * @throws {Error} with words for people where it may not, or cannot
   */
  map(fd: number, size: number): MappedMemory;
  close(fd: number): void;
  /** Adds one to an eventfd. */
  signal(fd: number): void;
  /** Empties an eventfd, which is known not to be empty. */
  drain(fd: number): void;
}
