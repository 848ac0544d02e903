/** Bytes of a tar's blocks: headers are one, contents are padded to whole ones. */
export const BLOCK_SIZE = 512;

/** What a header says. Texts are bytes, since names are. */
export interface TarHeader {
  /** As pax has it: a folder's ends in a slash. */
  readonly path: Uint8Array;
  readonly type: 'file' | 'link' | 'folder' | 'extended' | 'global';
  readonly mode: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly time: number;
  /** Of a link. */
  readonly target: Uint8Array;
}

const TYPE_FLAGS: Readonly<Record<TarHeader['type'], string>> = {
  file: '0',
  link: '2',
  folder: '5',
  extended: 'x',
  global: 'g',
};

/** What the octal fields of size and time hold. */
export const MAX_OCTAL = 0o77777777777;
/** What the fields of name, prefix and target hold, in bytes. */
const NAME_SIZE = 100;
const PREFIX_SIZE = 155;
export const TARGET_SIZE = 100;
const SLASH = 0x2f;

/**
 * A header in ustar's format (POSIX.1-2001, pax): one block. What does not fit into it is cut, and belongs into
 * a pax header before it.
 */
export function encodeHeader({ path, type, mode, size, time, target }: TarHeader): Uint8Array {
  const block = Buffer.alloc(BLOCK_SIZE);
  const cut = splitPath(path) ?? 0;
  block.set(path.subarray(cut === 0 ? 0 : cut + 1).subarray(0, NAME_SIZE));
  octal(block, 100, 8, mode);
  octal(block, 108, 8, 0);
  octal(block, 116, 8, 0);
  octal(block, 124, 12, Math.min(size, MAX_OCTAL));
  octal(block, 136, 12, Math.min(Math.max(0, time), MAX_OCTAL));
  block.fill(0x20, 148, 156);
  block.write(TYPE_FLAGS[type], 156);
  block.set(target.subarray(0, TARGET_SIZE), 157);
  block.write('ustar\0', 257, 'latin1');
  block.write('00', 263);
  octal(block, 329, 8, 0);
  octal(block, 337, 8, 0);
  block.set(path.subarray(0, cut), 345);
  octal(
    block,
    148,
    7,
    block.reduce((sum, byte) => sum + byte, 0),
  );
  return block;
}

/**
 * Where a path is cut, at a slash, into what fits into prefix and name; 0 where the name holds all of it;
 * undefined where nothing does.
 */
export function splitPath(path: Uint8Array): number | undefined {
  if (path.length <= NAME_SIZE) return 0;
  // A slash at the end of a folder's path belongs to its name.
  const cut = path.lastIndexOf(SLASH, Math.min(PREFIX_SIZE, path.length - 2));
  return cut > 0 && path.length - cut - 1 <= NAME_SIZE ? cut : undefined;
}

function octal(block: Buffer, at: number, size: number, value: number): void {
  block.write(value.toString(8).padStart(size - 1, '0'), at, 'latin1');
}
