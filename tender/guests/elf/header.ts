import { ElfError } from './elf-error.ts';
import { type ElfSource, getU64, readExactly } from './elf-source.ts';
import { isElf } from './is-elf.ts';

/** The header of an ELF file for unikernels: what is used of it. */
export interface ElfHeader {
  /** The address of the first instruction. */
  readonly entry: number;
  readonly programHeaders: { readonly offset: number; readonly count: number };
  /** Used only for symbols, and unchecked. */
  readonly sections: { readonly offset: number; readonly count: number; readonly size: number };
}

const HEADER_BYTES = 64;
export const PROGRAM_HEADER_BYTES = 56;
const [CLASS, DATA] = [4, 5];
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const VERSION = 1;
/** A program at fixed addresses. */
const EXECUTABLE = 2;
const X86_64 = 62;
const MACHINES: Readonly<Record<number, string>> = {
  3: 'i386',
  21: 'ppc64',
  22: 's390',
  40: 'arm',
  183: 'aarch64',
  243: 'riscv',
};
const TYPES: Readonly<Record<number, string>> = {
  1: 'an object file',
  3: 'a shared library or a position-independent program',
  4: 'a core dump',
};

function require(condition: boolean, message: () => string): void {
  if (!condition) throw new ElfError(message());
}

/**
 * Reads the first 64 bytes, which decide whether the rest is looked at. OSABI and its version say nothing:
 * compilers put anything there.
 * @throws {ElfError}
 */
export function readHeader(source: ElfSource): ElfHeader {
  const view = readExactly(source, 'the ELF header', 0, HEADER_BYTES);
  const u16 = (at: number) => view.getUint16(at, true);
  const magic = new Uint8Array(view.buffer, view.byteOffset, 4);
  require(isElf(magic), () => 'Invalid executable: it is not an ELF file');
  require(view.getUint8(CLASS) === CLASS_64 && view.getUint8(DATA) === LITTLE_ENDIAN, () =>
    'Unsupported executable: it is not for a 64-bit little-endian machine');
  require(view.getUint32(20, true) === VERSION, () =>
    `Unsupported executable: version ${view.getUint32(20, true)} of ELF`);
  require(u16(52) === HEADER_BYTES && u16(54) === PROGRAM_HEADER_BYTES, () =>
    `Invalid executable: headers of ${u16(52)} and ${u16(54)} bytes`);
  require(u16(56) >= 1, () => 'Invalid executable: it has no program headers');
  require(u16(16) === EXECUTABLE, () =>
    `Not a unikernel: ${TYPES[u16(16)] ?? `an ELF file of type ${u16(16)}`}`);
  require(u16(18) === X86_64, () =>
    `Unsupported executable: it is for ${MACHINES[u16(18)] ?? `machine ${u16(18)}`}; unikernels for x86_64 can be run`);
  return {
    entry: getU64(view, 24),
    programHeaders: { offset: getU64(view, 32), count: u16(56) },
    sections: { offset: getU64(view, 40), count: u16(60), size: u16(58) },
  };
}
