import { existsSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { HostError } from '../../../base/errors.ts';
import { loadLater } from '../../../base/load-later.ts';
import { PSK_CIPHERS, readPskKeys, readTlsFile } from '../../../nbd/psk-keys.ts';
import type { NbdPlace, NbdTls } from './nbd-uri.ts';

/** @throws {TenderError} where a file is missing or makes no sense */
function settingsOf({ certificates, pskFile, user }: NbdTls, shown: string): ConnectionOptions {
  if (pskFile !== undefined) {
    const keys = readPskKeys(pskFile);
    const [[first, firstKey] = ['', Buffer.alloc(0)]] = keys;
    const psk = user === undefined ? firstKey : keys.get(user);
    if (psk === undefined) throw new HostError(`${shown}: no key of ${user} in ${pskFile}`);
    return {
      ciphers: PSK_CIPHERS,
      pskCallback: () => ({ psk, identity: user ?? first }),
      // Who knows the key is the server; it shows no certificate.
      checkServerIdentity: () => undefined,
    };
  }
  if (certificates === undefined) return {};
  const read = (name: string) => {
    const file = join(certificates, name);
    return existsSync(file) ? readTlsFile(file) : undefined;
  };
  const [ca, cert, key] = ['ca-cert.pem', 'client-cert.pem', 'client-key.pem'].map(read);
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/**
 * Encrypts a connection, and makes sure who the server is: by a certificate of the system's authorities or of
 * ca-cert.pem, or by a shared key.
 * @throws {HostError} (rejects)
 */
export function encrypt(socket: Socket, tls: NbdTls, { to, shown }: NbdPlace): Promise<TLSSocket> {
  const host = 'host' in to ? to.host : 'localhost';
  const encrypted = loadLater('node:tls').connect({
    socket,
    minVersion: 'TLSv1.2',
    // Said in so many words, so that no variable of the environment turns it off.
    rejectUnauthorized: true,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ...settingsOf(tls, shown),
  });
  return new Promise((done, fail) => {
    encrypted.once('secureConnect', () => done(encrypted));
    encrypted.once('error', (error) => fail(new HostError(`${shown}: TLS: ${error.message}`)));
    encrypted.once('close', () => fail(new HostError(`${shown}: TLS: the server hung up`)));
  });
}
