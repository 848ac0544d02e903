import { readFileSync } from 'node:fs';
import { errnoText } from '../base/errno-text.ts';
import { TenderError } from '../base/errors.ts';

/** Keys that are shorter can be guessed. */
const LEAST_KEY_BYTES = 16;
/** Both sides' secrets last for one connection. */
export const PSK_CIPHERS =
  'ECDHE-PSK-CHACHA20-POLY1305:ECDHE-PSK-AES256-CBC-SHA384:DHE-PSK-AES256-GCM-SHA384:' +
  'DHE-PSK-CHACHA20-POLY1305:DHE-PSK-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256';

/** A whole file of TLS settings. @throws {TenderError} */
export function readTlsFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TenderError(`${file}: ${errnoText(error)}`);
  }
}

/** Shared keys by name, one at least. @throws {TenderError} that names the line */
export function readPskKeys(file: string): Map<string, Buffer> {
  const keys = new Map<string, Buffer>();
  for (const [index, line] of readTlsFile(file).split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, hex] = /^([^:]{1,255}):((?:[0-9a-fA-F]{2})+)\r?$/.exec(line) ?? [];
    if (name === undefined || hex === undefined || hex.length < LEAST_KEY_BYTES * 2) {
      throw new TenderError(
        `${file}: line ${index + 1}: expected NAME:KEY, a key of ${LEAST_KEY_BYTES} bytes or more in ` +
          `hexadecimal; psktool -u NAME -p ${file} writes one`,
      );
    }
    keys.set(name, Buffer.from(hex, 'hex'));
  }
  if (keys.size === 0) throw new TenderError(`${file}: no keys`);
  return keys;
}
