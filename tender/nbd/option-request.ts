const MAGIC_HIGH = 0x49484156;
const MAGIC_LOW = 0x454f5054;

/** Bytes before an option's data: u64 magic, u32 option, u32 length. */
export const OPTION_BYTES = 16;

/** The head of what a client asks during the negotiation. */
export interface OptionRequest {
  readonly option: number;
  /** Bytes of data after it; hostile: any u32. */
  readonly length: number;
}

/** Undefined where there is no option: nothing that follows can be understood. */
export function decodeOptionRequest(bytes: Buffer, at = 0): OptionRequest | undefined {
  if (bytes.readUInt32BE(at) !== MAGIC_HIGH || bytes.readUInt32BE(at + 4) !== MAGIC_LOW) {
    return undefined;
  }
  return { option: bytes.readUInt32BE(at + 8), length: bytes.readUInt32BE(at + 12) };
}

/** An option with its data. */
export function encodeOptionRequest(option: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(OPTION_BYTES);
  head.writeUInt32BE(MAGIC_HIGH, 0);
  head.writeUInt32BE(MAGIC_LOW, 4);
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(data.length, 12);
  return Buffer.concat([head, data]);
}
