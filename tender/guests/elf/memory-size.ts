import { checkMemory } from '../check-memory.ts';
import type { ElfTarget } from './abi-note.ts';

const MIB = 2 ** 20;
/** In MiB: the first is below all segments, and the guest's code needs another one. */
const LEAST = 2;
/** In MiB. A guest of spt may have what an address space has room for, one of hvt what its page tables map. */
const MOST: Readonly<Record<ElfTarget, number>> = { spt: 1024 * 1024, hvt: 4096 };

/**
 * The memory of a unikernel, in bytes, for so many MiB: as Solo5's hvt has large pages, it rounds down to a
 * multiple of 2 MiB.
 * @throws {TenderError} where there can be no guest with so much
 */
export function guestMemory(target: ElfTarget, mebibytes: number): number {
  checkMemory(mebibytes, LEAST, MOST[target], ` of ${target} guests`);
  return (target === 'hvt' ? mebibytes - (mebibytes % 2) : mebibytes) * MIB;
}
