import { type ElfTarget, readTarget } from './abi-note.ts';
import type { ElfSource } from './elf-source.ts';
import { readHeader } from './header.ts';
import { type ElfManifest, readManifest } from './manifest-note.ts';
import { readProgramHeaders } from './program-headers.ts';
import { layoutMemory, type MemoryImage } from './segments.ts';
import { findSymbol } from './symbols.ts';

/** A unikernel of which the notes have been read and checked. */
export interface ElfGuest {
  readonly target: ElfTarget;
  readonly manifest: ElfManifest;
  /** The initial content of a memory of `memory` bytes. @throws {ElfError} if the guest does not fit */
  layout(memory: number): MemoryImage;
  /** The symbol at an address, as `function+0x12`; safe to print. */
  symbolAt(address: number): string | undefined;
}

/**
 * Reads a unikernel's file: header and notes at once, as Solo5's tenders do, its segments once the memory is
 * known. Reads what these need, whatever the file's size.
 * @throws {ElfError}
 */
export function readElf(source: ElfSource): ElfGuest {
  const header = readHeader(source);
  const headers = readProgramHeaders(source, header);
  const target = readTarget(source, headers);
  return {
    target,
    manifest: readManifest(source, headers),
    layout: (memory) => layoutMemory(header, headers, memory, source.size),
    symbolAt: (address) => findSymbol(source, header, address),
  };
}
