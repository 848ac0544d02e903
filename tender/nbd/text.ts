import { MAX_STRING } from './numbers.ts';

/** A u32 length and as many bytes of UTF-8. */
export function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes.length);
  return Buffer.concat([head, bytes]);
}

/** A string and where it ends; undefined unless all of it is there, and may be as long. */
export function decodeText(
  bytes: Buffer,
  at: number,
): { readonly text: string; readonly end: number } | undefined {
  if (at + 4 > bytes.length) return undefined;
  const length = bytes.readUInt32BE(at);
  const end = at + 4 + length;
  if (length > MAX_STRING || end > bytes.length) return undefined;
  return { text: bytes.toString('utf8', at + 4, end), end };
}
