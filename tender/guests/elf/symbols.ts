import type { ElfSource } from './elf-source.ts';
import { getU64 } from './elf-source.ts';
import type { ElfHeader } from './header.ts';

const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const SYMTAB = 2;
/** A symbol's kind: the low half of its byte of information. */
const FUNCTION = 2;
const ANY = 0;
/** More bytes of symbols are not read. */
const MAX_TABLE = 32 * 2 ** 20;
const MAX_NAME = 100;
/** What linkers write, and a terminal may show: it is the guest's own text. */
const NAME = /^[\w.$@]+$/;

function read(source: ElfSource, offset: number, length: number): DataView | undefined {
  if (length > MAX_TABLE || offset + length > source.size) return undefined;
  const bytes = source.read(offset, length);
  return bytes.length < length ? undefined : new DataView(bytes.buffer, bytes.byteOffset, length);
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** For a table of symbols, the section with its names. */
  readonly link: number;
}

function readSections(source: ElfSource, { sections }: ElfHeader): Section[] {
  const { offset, count, size } = sections;
  const view = size === SECTION_BYTES ? read(source, offset, count * size) : undefined;
  if (view === undefined) return [];
  return Array.from({ length: count }, (_, index) => {
    const at = index * SECTION_BYTES;
    return {
      type: view.getUint32(at + 4, true),
      offset: getU64(view, at + 24),
      size: getU64(view, at + 32),
      link: view.getUint32(at + 40, true),
    };
  });
}

/** The last symbol, a function or of no type, that begins at or before an address and may reach it. */
function closest(table: DataView, address: number): { name: number; value: number } | undefined {
  let best: { name: number; value: number } | undefined;
  for (let at = 0; at + SYMBOL_BYTES <= table.byteLength; at += SYMBOL_BYTES) {
    const kind = table.getUint8(at + 4) & 15;
    if (kind !== FUNCTION && kind !== ANY) continue;
    const value = getU64(table, at + 8);
    const size = getU64(table, at + 16);
    // Code written by hand often has no size.
    if (value === 0 || value > address || (size > 0 && address >= value + size)) continue;
    if (best === undefined || value >= best.value)
      best = { name: table.getUint32(at, true), value };
  }
  return best;
}

/**
 * The symbol at an address in a guest's memory, as `function+0x12`. The table is hostile: undefined if it makes
 * no sense.
 */
export function findSymbol(
  source: ElfSource,
  header: ElfHeader,
  address: number,
): string | undefined {
  const sections = readSections(source, header);
  const symbols = sections.find(({ type }) => type === SYMTAB);
  const names = symbols && sections[symbols.link];
  const table = symbols && read(source, symbols.offset, symbols.size);
  const found = table && closest(table, address);
  if (found === undefined || names === undefined || found.name >= names.size) return undefined;
  const length = Math.min(MAX_NAME + 1, names.size - found.name);
  const text = read(source, names.offset + found.name, length);
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const name = bytes.subarray(0, Math.max(0, bytes.indexOf(0))).toString('latin1');
  return NAME.test(name) ? `${name}+0x${(address - found.value).toString(16)}` : undefined;
}
