const NO_DESCRIPTOR = 0x100;

/** Which ring a descriptor is for; `polled` where there is none. */
export interface RingEvent {
  readonly index: number;
  readonly polled: boolean;
}

/** u64: the index in bits 0 to 7, bit 8 where no descriptor comes with it. Undefined for all else. */
export function decodeRingEvent(payload: Buffer): RingEvent | undefined {
  if (payload.length !== 8) return undefined;
  const value = payload.readUInt32LE(0);
  return { index: value & 0xff, polled: (value & NO_DESCRIPTOR) !== 0 };
}

export function encodeRingEvent({ index, polled }: RingEvent): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32LE(index | (polled ? NO_DESCRIPTOR : 0));
  return payload;
}
