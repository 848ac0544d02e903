const HEAD = 12;

/** Most bytes of a configuration space that a front end asks for. */
const MAX_CONFIG = 256;

/** What of a device's configuration space is asked for. */
export interface ConfigRange {
  readonly offset: number;
  readonly size: number;
}

/** u32 offset, u32 size, u32 flags, and as many bytes. Undefined for all else. */
export function decodeConfigRange(payload: Buffer): ConfigRange | undefined {
  if (payload.length < HEAD) return undefined;
  const [offset, size] = [payload.readUInt32LE(0), payload.readUInt32LE(4)];
  if (size > MAX_CONFIG || offset > MAX_CONFIG || payload.length !== HEAD + size) return undefined;
  return { offset, size };
}

/** The answer: what was asked for, however long; zeros where the device has nothing. */
export function encodeConfig({ offset, size }: ConfigRange, space: Uint8Array): Buffer {
  const payload = Buffer.alloc(HEAD + size);
  payload.writeUInt32LE(offset, 0);
  payload.writeUInt32LE(size, 4);
  payload.set(space.subarray(offset, offset + size), HEAD);
  return payload;
}
