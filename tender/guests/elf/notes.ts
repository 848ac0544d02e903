import { ElfError } from './elf-error.ts';
import { type ElfSource, readExactly } from './elf-source.ts';
import { type ProgramHeader, PT_NOTE } from './program-headers.ts';

/** A note of Solo5's: where what it says begins, and how much that may be. */
export interface NoteKind {
  readonly type: number;
  /** What it is, for messages. */
  readonly what: string;
  /** A power of two: its content begins at a multiple of it, counted from the note's first byte. */
  readonly align: number;
  /** Bytes of content at most, padding before it included. */
  readonly most: number;
}

/** Sizes and type, 4 bytes each; any note has them. */
const PLAIN_HEADER = 12;
/** With the name `Solo5` after them, padded to a multiple of 4. */
const NOTE_HEADER = 20;
const NAME = 'Solo5\0';

function isOurs(view: DataView, type: number): boolean {
  const name = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + 12, 6));
  return (
    view.getUint32(0, true) === NAME.length && name === NAME && view.getUint32(8, true) === type
  );
}

/**
 * The content of the first note of a kind. Only the first note of each segment is looked at: Solo5's tools put
 * each of its notes into a segment of its own.
 * @returns undefined where there is none
 * @throws {ElfError} if a note does not fit into its segment, or a segment does not fit into the file
 */
export function findNote(
  source: ElfSource,
  headers: readonly ProgramHeader[],
  { type, what, align, most }: NoteKind,
): DataView | undefined {
  for (const header of headers) {
    if (header.type !== PT_NOTE) continue;
    const place = `Invalid executable: segment ${header.index}`;
    if (header.fileSize < PLAIN_HEADER) {
      throw new ElfError(`${place} has ${header.fileSize} bytes, too few for a note`);
    }
    if (header.fileSize < NOTE_HEADER) continue;
    const head = readExactly(source, `segment ${header.index}, a note`, header.offset, NOTE_HEADER);
    if (!isOurs(head, type)) continue;
    const size = head.getUint32(4, true);
    const padding = -NOTE_HEADER & (align - 1);
    if (size <= padding || size > most) {
      // Solo5's own words come first.
      const wrong = `${what} of ${size} bytes, not ${padding + 1} to ${most}`;
      throw new ElfError(`${place}: note does not fall within valid size: ${wrong}`);
    }
    if (header.fileSize < NOTE_HEADER + size) {
      throw new ElfError(
        `${place}: ${what} of ${size} bytes is not inside its segment of ${header.fileSize} bytes`,
      );
    }
    return readExactly(source, what, header.offset + NOTE_HEADER + padding, size - padding);
  }
  return undefined;
}
