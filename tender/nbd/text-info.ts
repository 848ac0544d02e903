import type { Info } from './numbers.ts';

/** The INFO reply that holds an export's name or description. */
export function encodeTextInfo(
  kind: typeof Info.NAME | typeof Info.DESCRIPTION,
  text: string,
): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(kind);
  return Buffer.concat([head, Buffer.from(text)]);
}
