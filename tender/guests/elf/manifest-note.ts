import type { DeviceType, ManifestDevice } from '#abi';
import { ElfError } from './elf-error.ts';
import type { ElfSource } from './elf-source.ts';
import { findNote, type NoteKind } from './notes.ts';
import type { ProgramHeader } from './program-headers.ts';

/** A device that a unikernel declares. */
interface ElfDevice extends ManifestDevice {
  /** Its place in the manifest, from 1 to 63: the handle by which the guest names it. */
  readonly handle: number;
}

/** A manifest as a file has it, checked. */
export interface ElfManifest {
  readonly devices: readonly ElfDevice[];
  /** Its bytes: the guest finds a copy of them in its memory, with what is attached filled in. */
  readonly bytes: Uint8Array;
}

const VERSION = 1;
const MAX_ENTRIES = 64;
/** A manifest begins with its version and the number of its entries. */
export const MANIFEST_HEADER = 8;

/** An entry of a manifest: sizes and places in bytes. */
export const ENTRY = {
  BYTES: 104,
  /** Bytes of a name, with the zero at its end. */
  NAME_BYTES: 68,
  TYPE: 68,
  ATTACHED: 96,
} as const;

/** The first entry is nobody's; the types from there on are Solo5's own, and no devices. */
const RESERVED = 2 ** 30;
const TYPES: Readonly<Record<number, DeviceType>> = { 1: 'BLOCK_BASIC', 2: 'NET_BASIC' };
const NAME = /^[A-Za-z0-9]+$/;

const MANIFEST_NOTE: NoteKind = {
  type: 0x3154464d,
  what: 'its manifest',
  align: 8,
  most: 4 + MANIFEST_HEADER + MAX_ENTRIES * ENTRY.BYTES,
};

function invalid(why: string): ElfError {
  return new ElfError(`Invalid manifest: ${why}`);
}

function nameOf(note: DataView, at: number): string {
  const bytes = new Uint8Array(note.buffer, note.byteOffset + at, ENTRY.NAME_BYTES);
  return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
}

/** @throws {ElfError} */
function parseEntry(note: DataView, handle: number): ElfDevice | undefined {
  const at = MANIFEST_HEADER + handle * ENTRY.BYTES;
  if (note.getUint8(at + ENTRY.NAME_BYTES - 1) !== 0) {
    throw invalid(`the name of entry ${handle} does not end`);
  }
  if (note.getUint8(at + ENTRY.ATTACHED) !== 0) {
    throw invalid(`entry ${handle} is attached already`);
  }
  const type = note.getUint32(at + ENTRY.TYPE, true);
  const name = nameOf(note, at);
  if (handle === 0 && (type !== RESERVED || name !== '')) {
    throw invalid('its first entry is not the reserved one');
  }
  if (type >= RESERVED) return undefined;
  const known = TYPES[type];
  // What a name may hold, a terminal may show.
  if (!NAME.test(name))
    throw invalid(`the name of entry ${handle} must be 1 to 67 letters and digits`);
  if (known === undefined) throw invalid(`device '${name}' is of the unknown type ${type}`);
  return { name, type: known, handle };
}

/**
 * The manifest of a unikernel.
 * @throws {ElfError} where it has none, or an invalid one: Solo5's own tools do not look at names
 */
export function readManifest(source: ElfSource, headers: readonly ProgramHeader[]): ElfManifest {
  const note = findNote(source, headers, MANIFEST_NOTE);
  if (note === undefined)
    throw new ElfError('No manifest found: an ELF file without the manifest note of Solo5');
  const { byteLength } = note;
  if (byteLength < MANIFEST_HEADER) throw invalid(`it has ${byteLength} bytes`);
  const version = note.getUint32(0, true);
  const entries = note.getUint32(4, true);
  if (version !== VERSION) throw invalid(`version ${version}, not ${VERSION}`);
  if (entries < 1 || entries > MAX_ENTRIES) {
    throw invalid(`${entries} entries, not 1 to ${MAX_ENTRIES}`);
  }
  if (byteLength !== MANIFEST_HEADER + entries * ENTRY.BYTES) {
    throw invalid(`${byteLength} bytes are not those of ${entries} entries`);
  }
  const devices: ElfDevice[] = [];
  for (let handle = 0; handle < entries; handle += 1) {
    const device = parseEntry(note, handle);
    if (device === undefined) continue;
    if (devices.some(({ name }) => name === device.name)) {
      throw invalid(`two devices have the name '${device.name}'`);
    }
    devices.push(device);
  }
  return { devices, bytes: new Uint8Array(note.buffer, note.byteOffset, byteLength).slice() };
}
