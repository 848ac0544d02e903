import { isElf } from '../guests/elf/is-elf.ts';
import type { GuestContent, GuestReader } from '../guests/guest-reader.ts';
import { notAGuest, openGuest } from '../guests/open-guest.ts';
import { isText, scriptReader } from '../guests/script.ts';
import type { Monitor } from './monitor.ts';
import { nodeMonitor } from './node/node-monitor.ts';

/** A kind of guest: how its file is read, and what runs it. */
interface GuestKind {
  readonly reader: GuestReader<unknown>;
  readonly monitor: Monitor<unknown>;
}

/** How a kind is told from the others: `head` is the first {@link HEAD_BYTES}, or all of a smaller file. */
interface KnownKind {
  recognizes(head: Uint8Array): boolean;
  load(): GuestKind | Promise<GuestKind>;
}

/** Every kind of guest that this tender runs; the first one that recognizes a file takes it. */
const KNOWN_KINDS: readonly KnownKind[] = [
  {
    recognizes: isElf,
    async load() {
      const { elfReader, elfMonitor } = await import('./elf-guests.ts');
      return { reader: elfReader, monitor: elfMonitor };
    },
  },
  { recognizes: isText, load: () => ({ reader: scriptReader, monitor: nodeMonitor }) },
];

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
 * @throws {TenderError} (rejects) where it cannot be opened, or is of no known kind
 */
export async function findGuest(path: string): Promise<FoundGuest> {
  const file = openGuest(path);
  const kind = KNOWN_KINDS.find(({ recognizes }) => recognizes(file.head));
  if (kind === undefined) {
    file.close();
    throw notAGuest(file);
  }
  const { reader, monitor } = await kind.load();
  return {
    path,
    monitor,
    read: () => reader.read(file),
    close: () => file.close(),
  };
}
