import { join } from 'node:path';
import {
  createSecureContext,
  type SecureContextOptions,
  type TLSSocketOptions,
  type TlsOptions,
} from 'node:tls';
import { TenderError } from '../../base/errors.ts';
import { PSK_CIPHERS, readPskKeys, readTlsFile } from '../../nbd/psk-keys.ts';

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

/**
 * The settings of TLS, from files that are read once.
 * @throws {TenderError} where a file is missing or makes no sense
 */
export function loadTls({ certificates, psk, verifyPeer = false }: TlsFiles): TlsSettings {
  if (psk !== undefined) {
    const keys = readPskKeys(psk);
    return {
      secureContext: createSecureContext({ minVersion: 'TLSv1.2', ciphers: PSK_CIPHERS }),
      // Null ends the handshake as a wrong key does: names cannot be tried.
      pskCallback: (_socket, name) => keys.get(name) ?? null,
    };
  }
  const folder = certificates ?? '';
  const options: SecureContextOptions = {
    minVersion: 'TLSv1.2',
    cert: readTlsFile(join(folder, 'server-cert.pem')),
    key: readTlsFile(join(folder, 'server-key.pem')),
    ...(verifyPeer && { ca: readTlsFile(join(folder, 'ca-cert.pem')) }),
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
