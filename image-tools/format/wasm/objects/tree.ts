// Trees of git: entries of a mode, a space, a name, a NUL and an id. The same checks as TreeCursor's.
import { MAX_LISTED, OUTPUT } from './memory-map.ts';

const OID_LENGTH: u32 = 20;
const MAX_NAME_LENGTH: u32 = 0xffff;
const SPACE: u32 = 0x20;
const DOT: u32 = 0x2e;
const SLASH: u32 = 0x2f;
const ZERO: u32 = 0x30;
/** The kinds that git knows, as a mode has them above its permissions. */
const TREE: u32 = 0o04;
const FILE: u32 = 0o10;
const LINK: u32 = 0o12;
const SUBMODULE: u32 = 0o16;
/** Eight bytes of the same. */
const ONES: u64 = ~(<u64>0) / 0xff;
const HIGHS: u64 = ONES << 7;
const SLASHES: u64 = ONES * 0x2f;

/** The tree in the making: what is left of it. */
let start: u32 = 0;
let at: u32 = 0;
let end: u32 = 0;

/** Begins the tree of `size` bytes at `address`. */
export function startTree(address: u32, size: u32): void {
  start = at = address;
  end = address + size;
}

function isKnown(kind: u32): bool {
  return kind === FILE || kind === TREE || kind === LINK || kind === SUBMODULE;
}

/** Where the first NUL or slash stands from `name` on, or any place after the tree where it has none. */
function nameEnd(name: u32): u32 {
  for (let at = name; at < end; at += 8) {
    const bytes = load<u64>(at);
    const others = bytes ^ SLASHES;
    // The lowest bit of these is that of the first zero; above it, there are false ones.
    const found = ((bytes - ONES) & ~bytes) | ((others - ONES) & ~others);
    const highs = found & HIGHS;
    if (highs !== 0) return at + <u32>(ctz(highs) >> 3);
  }
  return end;
}

/**
 * Goes on until the tree ends, or the list at OUTPUT is full of directories: where the ids of those stand, counted
 * from the start of the tree. Gives how many, or -1 if this is not a tree. If the list is full, there may be
 * more: empty it and call again.
 */
export function listDirectories(): i32 {
  let count: i32 = 0;
  while (at < end && count < MAX_LISTED) {
    const entry = at;
    let mode: u32 = 0;
    for (; ; at += 1) {
      if (at === end) return -1;
      const digit: u32 = load<u8>(at);
      if (digit === SPACE) break;
      if (digit - ZERO > 7 || at - entry > 6) return -1;
      mode = mode * 8 + digit - ZERO;
    }
    const kind = mode >> 12;
    if (!isKnown(kind)) return -1;
    const name = at + 1;
    const stop = nameEnd(name);
    if (stop >= end || load<u8>(stop) === SLASH) return -1;
    const length = stop - name;
    if (length === 0 || length > MAX_NAME_LENGTH || end - stop <= OID_LENGTH) return -1;
    if (length <= 2 && load<u8>(name) === DOT && load<u8>(stop - 1) === DOT) return -1;
    if (kind === TREE) {
      store<u32>(OUTPUT + 4 * count, stop + 1 - start);
      count += 1;
    }
    at = stop + 1 + OID_LENGTH;
  }
  return count;
}
