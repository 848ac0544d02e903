import type { ListenOptions, Server } from 'node:net';
import { errnoText } from '../../base/errno-text.ts';
import { TenderError } from '../../base/errors.ts';
import { removeStaleSocket } from '../stale-socket.ts';
import type { NbdAddress } from './address.ts';

/** Where a server listens: an address, or a socket that listens already (see `activatedSockets`). */
export type NbdListener = NbdAddress | { readonly kind: 'fd'; readonly fd: number };

/** Whoever may connect to a unix socket reads the images: only its owner. */
const SOCKET_MODE = 0o600;

function listenOptions(listener: NbdListener): ListenOptions & { readonly fd?: number } {
  if (listener.kind === 'unix') return { path: listener.path };
  if (listener.kind === 'fd') return { fd: listener.fd };
  return { host: listener.host, port: listener.port };
}

function nameOf(listener: NbdListener): string {
  if (listener.kind === 'unix') return listener.path;
  return listener.kind === 'fd' ? `descriptor ${listener.fd}` : `${listener.host}:${listener.port}`;
}

/** Lets Node listen. @throws {TenderError} (rejects) */
export async function listen(server: Server, listener: NbdListener): Promise<void> {
  if (listener.kind === 'unix') await removeStaleSocket(listener.path);
  // The path appears with these permissions: listen() makes it before it returns.
  const mask = process.umask(0o777 & ~SOCKET_MODE);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(listenOptions(listener), () => {
        server.off('error', reject);
        resolve();
      });
      process.umask(mask);
    });
  } catch (error) {
    throw new TenderError(`cannot listen at ${nameOf(listener)}: ${errnoText(error)}`);
  } finally {
    process.umask(mask);
  }
}
