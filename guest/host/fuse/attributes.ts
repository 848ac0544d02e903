import type { Kind } from '../../reader/index.ts';
import { ATTRIBUTES_BYTES, ENTRY_ATTRIBUTES_AT, ENTRY_BYTES } from './protocol.ts';
import { Reply } from './reply.ts';

/** Nothing ever changes: the kernel may keep names and attributes for a year, in seconds. */
export const FOR_LONG = 365 * 24 * 3600;
const BLOCK_BYTES = 4096;
/** What `st_blocks` counts. */
const SECTOR_BYTES = 512;

/** To whom all files belong, and since when. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970, of every time that a file has. */
  readonly seconds: number;
}

const MODES: Readonly<Record<Kind, number>> = {
  file: 0o100644,
  executable: 0o100755,
  directory: 0o40755,
  link: 0o120777,
  // As git checks it out: an empty directory.
  submodule: 0o40755,
};

/** DT_REG, DT_DIR, DT_LNK: the kinds as directories name them. */
export const DIRENT_TYPES: Readonly<Record<Kind, number>> = {
  file: 8,
  executable: 8,
  directory: 4,
  link: 10,
  submodule: 4,
};

/** Writes what a node's reply says of it: `struct fuse_entry_out`, and `struct fuse_attr`. */
export class Attributes {
  readonly #entries: Readonly<Record<Kind, Uint8Array>>;

  constructor(owner: Owner) {
    const of = (kind: Kind) => entryOf(kind, owner);
    this.#entries = {
      file: of('file'),
      executable: of('executable'),
      directory: of('directory'),
      link: of('link'),
      submodule: of('submodule'),
    };
  }

  /** The entry of a directory, {@link ENTRY_BYTES} long, for the kernel to remember. */
  putEntry(reply: Reply, at: number, number: number, kind: Kind, size: number): void {
    reply.set(at, this.#entries[kind]);
    reply.u64(at, number);
    putSize(reply, at + ENTRY_ATTRIBUTES_AT, number, size);
  }

  /** The attributes alone, {@link ATTRIBUTES_BYTES} long. */
  putAttributes(reply: Reply, at: number, number: number, kind: Kind, size: number): void {
    reply.set(at, this.#entries[kind].subarray(ENTRY_ATTRIBUTES_AT));
    putSize(reply, at, number, size);
  }
}

function putSize(reply: Reply, at: number, number: number, size: number): void {
  reply.u64(at, number);
  reply.u64(at + 8, size);
  reply.u64(at + 16, Math.ceil(size / SECTOR_BYTES));
}

/** All that does not differ between the entries of one kind. */
function entryOf(kind: Kind, { uid, gid, seconds }: Owner): Uint8Array {
  const bytes = new Uint8Array(16 + ENTRY_BYTES);
  const entry = new Reply(bytes);
  entry.u64(16, FOR_LONG);
  entry.u64(24, FOR_LONG);
  const at = ENTRY_ATTRIBUTES_AT;
  for (const time of [24, 32, 40]) entry.u64(at + time, seconds);
  entry.u32(at + 60, MODES[kind]);
  // One link of a directory says that nobody counted: with two, some programs seek no folders in it.
  entry.u32(at + 64, 1);
  entry.u32(at + 68, uid);
  entry.u32(at + 72, gid);
  entry.u32(at + 80, BLOCK_BYTES);
  return bytes.subarray(16, 16 + ENTRY_ATTRIBUTES_AT + ATTRIBUTES_BYTES);
}

/** The entry that says: no such name, and there will be none. */
export function putAbsent(reply: Reply, at: number): void {
  reply.zero(at, at + ENTRY_BYTES);
  reply.u64(at + 16, FOR_LONG);
}
