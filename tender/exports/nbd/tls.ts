import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createSecureContext,
  type SecureContextOptions,
  type TLSSocketOptions,
  type TlsOptions,
} from 'node:tls';
import { errnoText } from '../../base/errno-text.ts';
import { TenderError } from '../../base/errors.ts';

/** How clients prove who they are, or the server does. */
export interface TlsFiles {
  /** Holds server-cert.pem and server-key.pem; with ca-cert.pem, clients must show a certificate of it. */
  readonly certificates?: string | undefined;
  /** Lines of `name:hexadecimal key`, as psktool writes them. */
  readonly psk?: string | undefined;
  /** Whether clients need a certificate of ca-cert.pem. */
  readonly verifyPeer?: boolean;
}

/** Of TLS sockets. */
export type TlsSettings = TLSSocketOptions & Pick<TlsOptions, 'pskCallback'>;

/** Keys that are shorter can be guessed. */
const LEAST_KEY_BYTES = 16;
/** Both sides' secrets last for one connection. */
const PSK_CIPHERS =
  'ECDHE-PSK-CHACHA20-POLY1305:ECDHE-PSK-AES256-CBC-SHA384:DHE-PSK-AES256-GCM-SHA384:' +
  'DHE-PSK-CHACHA20-POLY1305:DHE-PSK-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256';

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TenderError(`${file}: ${errnoText(error)}`);
  }
}

/** @throws {TenderError} that names the line */
function readKeys(file: string): Map<string, Buffer> {
  const keys = new Map<string, Buffer>();
  for (const [index, line] of read(file).split('\n').entries()) {
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

/**
 * The settings of TLS, from files that are read once.
 * @throws {TenderError} where a file is missing or makes no sense
 */
export function loadTls({ certificates, psk, verifyPeer = false }: TlsFiles): TlsSettings {
  if (psk !== undefined) {
    const keys = readKeys(psk);
    return {
      secureContext: createSecureContext({ minVersion: 'TLSv1.2', ciphers: PSK_CIPHERS }),
      // Null ends the handshake as a wrong key does: names cannot be tried.
      pskCallback: (_socket, name) => keys.get(name) ?? null,
    };
  }
  const folder = certificates ?? '';
  const options: SecureContextOptions = {
    minVersion: 'TLSv1.2',
    cert: read(join(folder, 'server-cert.pem')),
    key: read(join(folder, 'server-key.pem')),
    ...(verifyPeer && { ca: read(join(folder, 'ca-cert.pem')) }),
  };
  try {
    return {
      secureContext: createSecureContext(options),
      requestCert: verifyPeer,
      rejectUnauthorized: verifyPeer,
    };
  } catch (error) {
    throw new TenderError(`${folder}: not a certificate with its key: ${(error as Error).message}`);
  }
}
