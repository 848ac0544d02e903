import { ElfError } from './elf-error.ts';
import type { ElfHeader } from './header.ts';
import { PF_R, PF_W, PF_X, type ProgramHeader, PT_LOAD } from './program-headers.ts';

/** A part of a guest's memory that its file fills. All are bytes, and lie inside memory and file. */
interface Segment {
  /** Whole pages, to which the protection applies. */
  readonly start: number;
  readonly end: number;
  /** Where the file's bytes go; what is left of the pages is zero. */
  readonly address: number;
  readonly offset: number;
  readonly fileSize: number;
  /** As mprotect(2) has it: 1 to read, 2 to write, 4 to execute; never both of the latter. */
  readonly protection: number;
}

/** What a guest's memory is to hold before it begins. */
export interface MemoryImage {
  /** Bytes of the whole memory, from address 0 on. */
  readonly memory: number;
  /** The address of the first instruction. */
  readonly entry: number;
  /** Behind the last segment. */
  readonly end: number;
  /** Ascending; none overlaps another. */
  readonly segments: readonly Segment[];
}

/** Below lie boot information, manifest, command line and page tables. */
export const LEAST_ADDRESS = 0x100000;
const PAGE = 4096;

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && 2 ** Math.round(Math.log2(value)) === value;
}

function protectionOf(flags: number): number {
  return (flags & PF_R ? 1 : 0) | (flags & PF_W ? 2 : 0) | (flags & PF_X ? 4 : 0);
}

/** Checks one segment against those before it, in the order of Solo5's own checks. @throws {ElfError} */
function placeSegment(
  header: ProgramHeader,
  memory: number,
  size: number,
  before: { readonly address: number; readonly end: number },
): Segment {
  const { index, address, fileSize, memorySize, align, offset, flags } = header;
  const refuse = (why: string): never => {
    throw new ElfError(`Invalid executable: segment ${index} ${why}`);
  };
  const room = `the memory of ${hex(memory)} bytes; --mem gives it more`;
  if (address < LEAST_ADDRESS) refuse(`begins at ${hex(address)}, below ${hex(LEAST_ADDRESS)}`);
  if (address < before.address) refuse(`at ${hex(address)} is not in ascending order`);
  if (!isPowerOfTwo(align)) refuse(`has an alignment of ${align}, not a power of two`);
  // Numbers beyond 2^53 are not exact, and no memory is that large.
  const start = Math.floor(address / align) * align;
  if (start < LEAST_ADDRESS) {
    refuse(`begins at ${hex(start)}, aligned to ${hex(align)}, below ${hex(LEAST_ADDRESS)}`);
  }
  if (start < before.end) refuse(`at ${hex(start)} overlaps the one before it`);
  if (address >= memory) refuse(`at ${hex(address)} is not inside ${room}`);
  if (address + fileSize > memory) refuse(`ends at ${hex(address + fileSize)}, outside of ${room}`);
  if (memorySize < fileSize) {
    refuse(`has ${memorySize} bytes in memory, fewer than the ${fileSize} in the file`);
  }
  const end = Math.ceil((address + memorySize) / align) * align;
  if (end > memory) refuse(`ends at ${hex(end)}, outside of ${room}`);
  if (offset + fileSize > size) {
    refuse(`(${fileSize} bytes at ${offset}) is not inside the file of ${size} bytes`);
  }
  if (start % PAGE !== 0 || end % PAGE !== 0) refuse(`is not whole pages (alignment ${align})`);
  if ((flags & (PF_W | PF_X)) === (PF_W | PF_X)) refuse('is both writable and executable');
  return { start, end, address, offset, fileSize, protection: protectionOf(flags) };
}

/**
 * Places what a file holds in a memory. Segments without bytes in the file are passed over, as Solo5's tenders
 * do: every guest has such ones (.bss, .tbss), and memory is zero and writable anyway.
 * @param memory bytes
 * @param size of the file, in bytes
 * @throws {ElfError} where it does not fit
 */
export function layoutMemory(
  { entry }: ElfHeader,
  headers: readonly ProgramHeader[],
  memory: number,
  size: number,
): MemoryImage {
  if (entry < LEAST_ADDRESS || entry >= memory) {
    throw new ElfError(
      `Invalid executable: its entry ${hex(entry)} is not between ${hex(LEAST_ADDRESS)} and the end of its memory, ${hex(memory)}`,
    );
  }
  const segments: Segment[] = [];
  for (const header of headers) {
    if (header.type !== PT_LOAD || header.fileSize === 0) continue;
    const { address, end } = segments.at(-1) ?? { address: 0, end: 0 };
    segments.push(placeSegment(header, memory, size, { address, end }));
  }
  return { memory, entry, end: segments.at(-1)?.end ?? 0, segments };
}
