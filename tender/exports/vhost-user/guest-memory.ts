import { type MemoryMap, mapRegions } from '../../virtio/memory-map.ts';
import type { MappedMemory, VhostHost } from './host.ts';
import type { RegionTable } from './wire/memory-table.ts';

/** Most bytes of a region with what lies before it in its file: 2^46, more than a machine has. */
const MAX_REGION = 2 ** 46;

/** The memory of a virtual machine, in this process. */
export class GuestMemory {
  readonly map: MemoryMap;
  readonly #regions: readonly RegionTable[];
  readonly #mapped: readonly MappedMemory[];

  private constructor(regions: readonly RegionTable[], mapped: readonly MappedMemory[]) {
    this.#regions = regions;
    this.#mapped = mapped;
    this.map = mapRegions(
      regions.map(({ guest, size, offset }, index) => ({
        address: guest,
        bytes: (mapped[index] as MappedMemory).bytes.subarray(offset, offset + size),
      })),
    );
  }

  /**
   * Maps all regions; the descriptors stay the caller's.
   * @throws {Error} where one makes no sense or cannot be had: then none is mapped
   */
  static open(
    host: VhostHost,
    regions: readonly RegionTable[],
    fds: readonly number[],
  ): GuestMemory {
    if (fds.length !== regions.length) {
      throw new Error(`${regions.length} regions of memory with ${fds.length} descriptors`);
    }
    const mapped: MappedMemory[] = [];
    try {
      for (const [index, { guest, size, user, offset }] of regions.entries()) {
        // Written so that Infinity is refused.
        const sound =
          size > 0 &&
          offset + size <= MAX_REGION &&
          guest + size <= Number.MAX_SAFE_INTEGER &&
          user + size <= Number.MAX_SAFE_INTEGER;
        if (!sound) throw new Error(`a region of ${size} bytes at ${guest} cannot be`);
        mapped.push(host.map(fds[index] as number, offset + size));
      }
      return new GuestMemory(regions, mapped);
    } catch (error) {
      for (const one of mapped) one.unmap();
      throw error;
    }
  }

  /** The machine's address of what the front end calls `user`; undefined where it is in no region. */
  guestAddress(user: number): number | undefined {
    for (const region of this.#regions) {
      const at = user - region.user;
      if (at >= 0 && at < region.size) return region.guest + at;
    }
    return undefined;
  }

  /** Nothing may look at it any more. */
  close(): void {
    for (const one of this.#mapped) one.unmap();
  }
}
