import { checkMemory } from '../check-memory.ts';
import type { ElfTarget } from './abi-note.ts';

const MIB = 2 ** 20;
/** In MiB: the first is below all segments, and the guest's code needs another one. */
const LEAST = 2;
/** In MiB: for spt what fits into an address space, for hvt what its page tables map. */
const MOST: Readonly<Record<ElfTarget, number>> = { spt: 1024 * 1024, hvt: 4096 };

/**
 * The memory of a unikernel, in bytes, for a size in MiB. Solo5's hvt has large pages, so for hvt it is rounded
 * down to a multiple of 2 MiB.
 * @throws {TenderError} if the size is out of range
 */
export function guestMemory(target: ElfTarget, mebibytes: number): number {
  checkMemory(mebibytes, LEAST, MOST[target], ` of ${target} guests`);
  return (target === 'hvt' ? mebibytes - (mebibytes % 2) : mebibytes) * MIB;
}
