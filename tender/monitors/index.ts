import { type ElfProgram, elfReader } from '../guests/elf/elf-reader.ts';
import type { GuestContent, GuestReader } from '../guests/guest-reader.ts';
import { notAGuest, openGuest } from '../guests/open-guest.ts';
import { type Script, scriptReader } from '../guests/script.ts';
import { elfMonitor } from './elf-monitor.ts';
import type { Monitor } from './monitor.ts';
import { nodeMonitor } from './node/node-monitor.ts';

/** A kind of guest: how its file is read, and what runs it. */
interface GuestKind<Program> {
  readonly reader: GuestReader<Program>;
  readonly monitor: Monitor<Program>;
}

const script: GuestKind<Script> = { reader: scriptReader, monitor: nodeMonitor };
const elf: GuestKind<ElfProgram> = { reader: elfReader, monitor: elfMonitor };

/** Every kind of guest that this tender runs; the first one that recognizes a file takes it. */
const GUEST_KINDS: readonly GuestKind<unknown>[] = [elf, script];

/** A guest whose kind is known. */
export interface FoundGuest {
  readonly path: string;
  /** Runs guests of its kind. */
  readonly monitor: Monitor<unknown>;
  /** Reads the file; once. @throws {TenderError} where it is no guest after all */
  read(): GuestContent<unknown>;
  /** Gives it up where it is not run. */
  close(): void;
}

/**
 * Opens a guest's file: its first bytes say what runs it.
 * @throws {TenderError} where it cannot be opened, or is of no known kind
 */
export function findGuest(path: string): FoundGuest {
  const file = openGuest(path);
  const kind = GUEST_KINDS.find(({ reader }) => reader.recognizes(file.head));
  if (kind === undefined) {
    file.close();
    throw notAGuest(file);
  }
  const { reader, monitor } = kind;
  return {
    path,
    monitor,
    read: () => reader.read(file),
    close: () => file.close(),
  };
}
