import { ElfError } from './elf-error.ts';
import type { ElfSource } from './elf-source.ts';
import { findNote, type NoteKind } from './notes.ts';
import type { ProgramHeader } from './program-headers.ts';

/** What runs a unikernel: a process that makes system calls (spt), or a virtual machine (hvt). */
export type ElfTarget = 'spt' | 'hvt';

/** Solo5's own numbers. */
const HVT = 1;
const SPT = 2;
const OTHERS: Readonly<Record<number, string>> = { 3: 'virtio', 4: 'muen', 5: 'genode', 6: 'xen' };
/** The version of both ABIs, hvt's and spt's; 2 since Solo5 0.8.0. */
const VERSION = 2;
const LEAST_BYTES = 8;

const ABI_NOTE: NoteKind = { type: 0x31494241, what: 'its ABI note', align: 4, most: 32 };

/** Which tender of Solo5's a unikernel was made for. @throws {ElfError} if it is not one of ours */
export function readTarget(source: ElfSource, headers: readonly ProgramHeader[]): ElfTarget {
  const note = findNote(source, headers, ABI_NOTE);
  if (note === undefined) {
    throw new ElfError('Not a unikernel: an ELF file without the ABI note of Solo5');
  }
  if (note.byteLength < LEAST_BYTES) {
    throw new ElfError(`Invalid executable: its ABI note has ${note.byteLength} bytes`);
  }
  const number = note.getUint32(0, true);
  if (number !== HVT && number !== SPT) {
    const target = OTHERS[number] ?? `target ${number}`;
    throw new ElfError(`A unikernel for ${target}, not for a tender: build it for spt or hvt`);
  }
  const target = number === HVT ? 'hvt' : 'spt';
  const version = note.getUint32(4, true);
  if (version !== VERSION) {
    const remedy = version < VERSION ? ': build it with Solo5 0.8.0 or newer' : '';
    throw new ElfError(`A unikernel for version ${version} of the ABI of ${target}${remedy}`);
  }
  return target;
}
