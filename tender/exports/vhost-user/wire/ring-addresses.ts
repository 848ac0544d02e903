import { decodeU64 } from './u64.ts';

/** Where the areas of a ring lie, by the front end's own addresses. */
export interface RingAddresses {
  readonly index: number;
  readonly descriptors: number;
  readonly used: number;
  readonly available: number;
}

const BYTES = 40;

/** u32 index, u32 flags, u64 descriptors, u64 used, u64 available, u64 log. Undefined for all else. */
export function decodeRingAddresses(payload: Buffer): RingAddresses | undefined {
  if (payload.length !== BYTES) return undefined;
  return {
    index: payload.readUInt32LE(0),
    descriptors: decodeU64(payload, 8),
    used: decodeU64(payload, 16),
    available: decodeU64(payload, 24),
  };
}

export function encodeRingAddresses(ring: RingAddresses): Buffer {
  const payload = Buffer.alloc(BYTES);
  payload.writeUInt32LE(ring.index, 0);
  payload.writeBigUInt64LE(BigInt(ring.descriptors), 8);
  payload.writeBigUInt64LE(BigInt(ring.used), 16);
  payload.writeBigUInt64LE(BigInt(ring.available), 24);
  return payload;
}
