const MAGIC = Buffer.from('0003e889045565a9', 'hex');

/** Bytes before a reply's data: u64 magic, u32 option, u32 type, u32 length. */
export const OPTION_REPLY_BYTES = 20;

/** One of the replies to an option. @param type see `OptionReply` */
export function encodeOptionReply(
  option: number,
  type: number,
  data: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(OPTION_REPLY_BYTES);
  MAGIC.copy(head);
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(type, 12);
  head.writeUInt32BE(data.length, 16);
  return Buffer.concat([head, data]);
}

/** The head of a reply; undefined if it is not one. */
export function decodeOptionReply(
  bytes: Buffer,
  at = 0,
): { readonly option: number; readonly type: number; readonly length: number } | undefined {
  if (!bytes.subarray(at, at + 8).equals(MAGIC)) return undefined;
  return {
    option: bytes.readUInt32BE(at + 8),
    type: bytes.readUInt32BE(at + 12),
    length: bytes.readUInt32BE(at + 16),
  };
}
