import { UsageError } from '../../base/errors.ts';
import { DEFAULT_PORT } from '../../nbd/numbers.ts';

/** Where a server listens. */
export type NbdAddress =
  | { readonly kind: 'unix'; readonly path: string }
  /** `local` where only this machine can reach it. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly local: boolean };

/** Longest path of a unix socket on Linux, with the zero behind it. */
const MAX_PATH = 107;

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;

/**
 * Reads `unix:PATH`, `HOST:PORT`, `[IPV6]:PORT`, or a host alone.
 * @throws {UsageError}
 */
export function parseNbdAddress(text: string): NbdAddress {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (path === '' || path.includes('\0'))
      throw new UsageError('--nbd unix:PATH: the path is missing');
    if (Buffer.byteLength(path) > MAX_PATH) {
      throw new UsageError(`${path}: longer than a socket's path may be (${MAX_PATH} bytes)`);
    }
    return { kind: 'unix', path };
  }
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? DEFAULT_PORT);
  if (host === undefined || port > 65_535) {
    throw new UsageError(`--nbd ${text}: use unix:PATH or HOST:PORT, as in 127.0.0.1:10809`);
  }
  return { kind: 'tcp', host, port, local: LOOPBACK.test(host) };
}

/** What clients call an address. @param port the one that was given, where 0 was asked for */
export function nbdUri(address: NbdAddress, tls: boolean, port?: number): string {
  const scheme = tls ? 'nbds' : 'nbd';
  if (address.kind === 'unix') {
    const path = encodeURIComponent(address.path).replaceAll('%2F', '/');
    return `${scheme}+unix:///?socket=${path}`;
  }
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${scheme}://${host}:${port ?? address.port}`;
}
