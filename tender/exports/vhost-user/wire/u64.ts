/** Infinity where the field is beyond 2^53 − 1: no address and no size of ours is. */
export function decodeU64(bytes: Buffer, at = 0): number {
  const value = bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
  return value <= Number.MAX_SAFE_INTEGER ? value : Number.POSITIVE_INFINITY;
}

/** A payload of one number: features, the number of queues, how a request ended. */
export function encodeU64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
