import { decodeText, encodeText } from './text.ts';

/** The data of INFO and GO: an export's name, and what a client wants to know of it. */
export interface InfoRequest {
  readonly name: string;
  /** See `Info`; any u16. */
  readonly infos: readonly number[];
}

/** Undefined where the data are something else. */
export function decodeInfoRequest(data: Buffer): InfoRequest | undefined {
  const name = decodeText(data, 0);
  if (name === undefined || name.end + 2 > data.length) return undefined;
  const count = data.readUInt16BE(name.end);
  if (name.end + 2 + count * 2 !== data.length) return undefined;
  const infos = Array.from({ length: count }, (_, index) =>
    data.readUInt16BE(name.end + 2 + index * 2),
  );
  return { name: name.text, infos };
}

export function encodeInfoRequest({ name, infos }: InfoRequest): Buffer {
  const list = Buffer.alloc(2 + infos.length * 2);
  list.writeUInt16BE(infos.length);
  for (const [index, info] of infos.entries()) list.writeUInt16BE(info, 2 + index * 2);
  return Buffer.concat([encodeText(name), list]);
}
