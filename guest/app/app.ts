import type { ByteSource, NewHash } from '#format';

/** What an app is given, whatever target it runs on. */
export interface Host {
  /** The guest's own arguments. */
  readonly arguments: readonly string[];
  /** The names of the disks that the app was built for, in that order. */
  readonly disks: readonly string[];
  /**
   * A disk that the app was built for, always the same one for a name; the first where none is named.
   * @throws UsageError for a name that the app was not built with; what the target throws where the disk
   * cannot be opened
   */
  openDisk(name?: string): ByteSource;
  /** Starts a SHA-1, if the target knows a faster one than ours. */
  readonly newHash?: NewHash | undefined;
  /** Writes data, all of it: text (as UTF-8) or bytes. */
  write(data: string | Uint8Array): void;
  /** Says one line to people, apart from the data. */
  complain(message: string): void;
  /** Marks the end of a phase, for measurements. */
  mark(phase: 'mount'): void;
}

/**
 * A guest's program, which is synchronous; gives its exit status, an integer of which 8 bits count. What
 * it throws becomes one line and a status.
 */
export type App = (host: Host) => number;
