import {
  type Kind,
  type ListedNode,
  MissingBytes,
  type NodeTree,
  type TreeNode,
} from '../../reader/index.ts';
import { type Attributes, DIRENT_TYPES } from './attributes.ts';
import { MAX_LISTED_NAME_BYTES, MAX_NAME_BYTES } from './names.ts';
import { DIRENT_BYTES, ENTRY_BYTES } from './protocol.ts';
import type { Reply } from './reply.ts';

/** The number of a file whose number nobody knows: that of the folder above, which nodes do not know. */
const UNKNOWN_NUMBER = 0xffffffff;
const DOT = Uint8Array.of(0x2e);
const DOT_DOT = Uint8Array.of(0x2e, 0x2e);
/**
 * Places in a listing: 0 is its start, 1 behind ".", 2 behind "..". Behind any other entry stands the number
 * of its node, above these. So nothing has to be remembered between two requests.
 */
const BEHIND_DOT = 1;
const BEHIND_DOT_DOT = 2;
const FIRST_NUMBER_IS = 2;
const SHIFT = BEHIND_DOT_DOT + 1 - FIRST_NUMBER_IS;

/** What a listing is made with. */
export interface Listing {
  readonly nodes: NodeTree;
  readonly attributes: Attributes;
  /** Called for an entry whose attributes cannot be read. It is listed without them. */
  onFault(error: unknown, node: TreeNode): void;
  /** Called for a name that cannot be listed. */
  onLongName(node: TreeNode): void;
  /**
   * The place behind the last entry of the directory that was listed last: a kernel always asks once more there,
   * to be told that nothing follows.
   */
  end: { readonly directory: number; readonly place: number } | undefined;
}

/**
 * Writes the entries of a directory behind a place, as many as `room` has: names and kinds, with `plus` all
 * attributes too.
 * @returns the length of the body; 0 after the last entry
 */
export function listDirectory(
  listing: Listing,
  directory: { readonly node: TreeNode; readonly number: number; readonly kind: Kind },
  { place, room, plus }: { readonly place: number; readonly room: number; readonly plus: boolean },
  reply: Reply,
): number {
  const { nodes, attributes, onFault, onLongName } = listing;
  const { node, number, kind } = directory;
  if (listing.end?.place === place && listing.end.directory === number) return 0;
  let end = 0;
  let reached = place;
  /** False if there is no room. */
  const put = (ino: number, next: number, type: number, name: Uint8Array): boolean => {
    const start = plus ? end + ENTRY_BYTES : end;
    const nameEnd = start + DIRENT_BYTES + name.length;
    const after = (nameEnd + 7) & ~7;
    if (after > room) return false;
    if (plus) reply.zero(end, start);
    reply.u64(start, ino);
    reply.u64(start + 8, next);
    reply.u32(start + 16, name.length);
    reply.u32(start + 20, type);
    reply.set(start + DIRENT_BYTES, name);
    reply.zero(nameEnd, after);
    end = after;
    reached = next;
    return true;
  };

  const directoryType = DIRENT_TYPES.directory;
  if (place < BEHIND_DOT && !put(number, BEHIND_DOT, directoryType, DOT)) return end;
  if (place < BEHIND_DOT_DOT && !put(UNKNOWN_NUMBER, BEHIND_DOT_DOT, directoryType, DOT_DOT)) {
    return end;
  }
  // Git checks out no part of a submodule.
  if (kind === 'submodule') return end;
  const last = place > BEHIND_DOT_DOT ? nodes.name(nodes.numbered(place - SHIFT)) : undefined;
  for (const entry of nodes.list(node, last)) {
    const name = entry.nameBytes;
    if (name.length > MAX_LISTED_NAME_BYTES) {
      onLongName(entry.node);
      continue;
    }
    const number = nodes.number(entry.node);
    const start = end;
    if (!put(number, number + SHIFT, DIRENT_TYPES[entry.kind], name)) return end;
    // A kernel that was given an entry looks no name up: not even one that is too long.
    if (!plus || name.length > MAX_NAME_BYTES) continue;
    const size = sizeOf(entry, onFault);
    if (size !== undefined) attributes.putEntry(reply, start, number, entry.kind, size);
  }
  listing.end = { directory: number, place: reached };
  return end;
}

function sizeOf(entry: ListedNode, onFault: Listing['onFault']): number | undefined {
  try {
    return entry.size;
  } catch (error) {
    if (error instanceof MissingBytes) throw error;
    onFault(error, entry.node);
    return undefined;
  }
}
