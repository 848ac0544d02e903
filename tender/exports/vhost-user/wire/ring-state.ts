/** A number that belongs to a ring: its size, its position, whether it is enabled. */
export interface RingState {
  readonly index: number;
  readonly value: number;
}

/** u32 index, u32 value. Undefined for all else. */
export function decodeRingState(payload: Buffer): RingState | undefined {
  if (payload.length !== 8) return undefined;
  return { index: payload.readUInt32LE(0), value: payload.readUInt32LE(4) };
}

export function encodeRingState({ index, value }: RingState): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32LE(index, 0);
  payload.writeUInt32LE(value, 4);
  return payload;
}
