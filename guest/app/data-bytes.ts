import { encodeUtf8 } from '../reader/fs/utf8.ts';

/** What an app writes, as bytes: text as UTF-8, bytes as they are. @throws TypeError for anything else */
export function dataBytes(data: string | Uint8Array): Uint8Array {
  if (typeof data === 'string') return encodeUtf8(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError(`an app writes text or a Uint8Array, and this is ${typeof data}`);
}
