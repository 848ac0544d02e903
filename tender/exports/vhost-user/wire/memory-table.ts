import { MAX_DESCRIPTORS } from './message.ts';
import { decodeU64 } from './u64.ts';

const REGION_BYTES = 32;

/** A part of the machine's memory; with it comes the descriptor of a file that holds it. All in bytes. */
export interface RegionTable {
  /** The machine's address of its first byte. */
  readonly guest: number;
  readonly size: number;
  /** The front end's own address of it, which names the rings. */
  readonly user: number;
  /** Where it begins in the file. */
  readonly offset: number;
}

/** u32 count, u32 padding, regions. Undefined where the payload is something else. */
export function decodeMemoryTable(payload: Buffer): RegionTable[] | undefined {
  if (payload.length < 8) return undefined;
  const count = payload.readUInt32LE(0);
  if (count > MAX_DESCRIPTORS || payload.length !== 8 + count * REGION_BYTES) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const at = 8 + index * REGION_BYTES;
    const field = (place: number) => decodeU64(payload, at + place * 8);
    return { guest: field(0), size: field(1), user: field(2), offset: field(3) };
  });
}

export function encodeMemoryTable(regions: readonly RegionTable[]): Buffer {
  const payload = Buffer.alloc(8 + regions.length * REGION_BYTES);
  payload.writeUInt32LE(regions.length);
  for (const [index, { guest, size, user, offset }] of regions.entries()) {
    for (const [place, value] of [guest, size, user, offset].entries()) {
      payload.writeBigUInt64LE(BigInt(value), 8 + index * REGION_BYTES + place * 8);
    }
  }
  return payload;
}
