/**
 * A guest's memory as a device sees it: a view of `length` bytes from a guest's address on, undefined
 * where they are not all inside one region. Both numbers are hostile: any at all.
 */
export type MemoryMap = (address: number, length: number) => Uint8Array<ArrayBuffer> | undefined;

/** A part of a guest's memory that lies in one piece in this process. */
export interface MemoryRegion {
  /** The guest's address of its first byte. */
  readonly address: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function mapRegion({ address: start, bytes }: MemoryRegion): MemoryMap {
  const { buffer, byteOffset, length: size } = bytes;
  return (address, length) => {
    const at = address - start;
    if (!(at >= 0 && length >= 0 && at <= size - length)) return undefined;
    return new Uint8Array(buffer, byteOffset + at, length);
  };
}

/** The usual map: one region, from address 0 on. */
export function mapMemory(memory: ArrayBuffer): MemoryMap {
  return mapRegion({ address: 0, bytes: new Uint8Array(memory) });
}

/**
 * A map of several regions, with holes or without: what crosses the edge of one is refused, even
 * where the next begins right there, since the two need not be neighbours in this process.
 * @throws {RangeError} where two overlap
 */
export function mapRegions(regions: readonly MemoryRegion[]): MemoryMap {
  const sorted = regions.toSorted((a, b) => a.address - b.address);
  sorted.forEach(({ address, bytes }, index) => {
    const next = sorted[index + 1];
    if (next !== undefined && address + bytes.length > next.address) {
      throw new RangeError(`regions overlap at ${next.address}`);
    }
  });
  const maps = sorted.map(mapRegion);
  return (address, length) => {
    for (const map of maps) {
      const view = map(address, length);
      if (view !== undefined) return view;
    }
    return undefined;
  };
}
