import { decodeText, encodeText } from './text.ts';

/** The data of LIST_META_CONTEXT and SET_META_CONTEXT. */
export interface MetaContextRequest {
  /** The name of the export. */
  readonly name: string;
  /** Namespaces and names of contexts: `base:allocation`. */
  readonly queries: readonly string[];
}

/** Undefined where the data are something else. */
export function decodeMetaContextRequest(data: Buffer): MetaContextRequest | undefined {
  const name = decodeText(data, 0);
  if (name === undefined || name.end + 4 > data.length) return undefined;
  const count = data.readUInt32BE(name.end);
  const queries: string[] = [];
  let at = name.end + 4;
  // Each takes four bytes at least: the data bound the loop, whatever `count` says.
  while (queries.length < count) {
    const query = decodeText(data, at);
    if (query === undefined) return undefined;
    queries.push(query.text);
    at = query.end;
  }
  return at === data.length ? { name: name.text, queries } : undefined;
}

export function encodeMetaContextRequest({ name, queries }: MetaContextRequest): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(queries.length);
  return Buffer.concat([encodeText(name), count, ...queries.map(encodeText)]);
}
