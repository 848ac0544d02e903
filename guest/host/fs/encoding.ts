import { Buffer } from 'node:buffer';
import { argumentError } from './errno.ts';

/** The encoding that an options argument asks for: text for one, `buffer` or nothing for bytes. */
export function encodingOf(options: unknown): string | undefined {
  if (typeof options === 'string') return checkEncoding(options);
  if (options === null || options === undefined) return undefined;
  if (typeof options !== 'object')
    throw argumentError('options', 'of type string or object', options);
  const { encoding } = options as { encoding?: unknown };
  return encoding === null || encoding === undefined ? undefined : checkEncoding(encoding);
}

function checkEncoding(encoding: unknown): string {
  if (typeof encoding === 'string' && (encoding === 'buffer' || Buffer.isEncoding(encoding))) {
    return encoding;
  }
  throw Object.assign(
    new TypeError(`The argument 'encoding' is invalid encoding. Received ${String(encoding)}`),
    { code: 'ERR_INVALID_ARG_VALUE' },
  );
}

/** Borrowed bytes as text, or as a Buffer of the caller's own where no encoding is asked for. */
export function encodeBytes(bytes: Uint8Array, encoding: string | undefined): string | Buffer {
  if (encoding === undefined || encoding === 'buffer') return Buffer.from(bytes);
  const borrowed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return borrowed.toString(encoding as BufferEncoding);
}

/** The same of a name or path, which is text (UTF-8) unless asked for otherwise. */
export function encodeName(bytes: Uint8Array, encoding: string | undefined): string | Buffer {
  return encodeBytes(bytes, encoding ?? 'utf8');
}
