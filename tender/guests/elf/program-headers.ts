import { type ElfSource, getU64, readExactly } from './elf-source.ts';
import { type ElfHeader, PROGRAM_HEADER_BYTES } from './header.ts';

/** A part of the file, and of the memory. Nothing of it is checked. */
export interface ProgramHeader {
  /** For messages: its place in the table. */
  readonly index: number;
  readonly type: number;
  /** See {@link PF_X} and its like. */
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly align: number;
}

export const PT_LOAD = 1;
export const PT_NOTE = 4;
export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

/** Reads the table: 65,535 entries at most, 56 bytes each. @throws {ElfError} where the file ends before */
export function readProgramHeaders(
  source: ElfSource,
  { programHeaders: { offset, count } }: ElfHeader,
): readonly ProgramHeader[] {
  const what = 'the table of program headers';
  const view = readExactly(source, what, offset, count * PROGRAM_HEADER_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const at = index * PROGRAM_HEADER_BYTES;
    return {
      index,
      type: view.getUint32(at, true),
      flags: view.getUint32(at + 4, true),
      offset: getU64(view, at + 8),
      address: getU64(view, at + 16),
      fileSize: getU64(view, at + 32),
      memorySize: getU64(view, at + 40),
      align: getU64(view, at + 48),
    };
  });
}
