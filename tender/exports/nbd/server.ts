import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { errnoText } from '../../base/errno-text.ts';
import { TenderError } from '../../base/errors.ts';
import type { HostError } from '../../block/block-device.ts';
import { removeStaleSocket } from '../stale-socket.ts';
import type { NbdAddress } from './address.ts';
import { type ConnectionEnd, type ConnectionSetting, serveConnection } from './connection.ts';
import type { NbdExport } from './exports.ts';
import { MAX_CONNECTIONS } from './limits.ts';

/** Where a server listens: an address, or sockets that listen already (see `activatedSockets`). */
export type NbdListener = NbdAddress | { readonly kind: 'fd'; readonly fd: number };

/** What a server needs to know. */
export interface NbdServerOptions extends ConnectionSetting {
  readonly listeners: readonly NbdListener[];
  /** At once; further ones are closed as they come. */
  readonly maxConnections?: number;
  readonly onEvent?: (event: NbdEvent) => void;
}

/** What happens at a server. `client` counts from 1. */
export type NbdEvent =
  | { readonly event: 'connect'; readonly client: number }
  | { readonly event: 'export'; readonly client: number; readonly export: NbdExport }
  | ({ readonly event: 'disconnect'; readonly client: number } & ConnectionEnd)
  | { readonly event: 'refused'; readonly reason: string }
  | { readonly event: 'failure'; readonly error: HostError };

/** A server that listens. */
export interface NbdServer {
  /** In the order of its listeners; undefined for unix sockets. */
  readonly ports: readonly (number | undefined)[];
  /** Clients at the moment. */
  readonly clients: number;
  /** Stops listening and ends all connections; unix sockets' paths are removed. */
  close(): Promise<void>;
}

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

async function listen(server: Server, listener: NbdListener): Promise<void> {
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

/**
 * Serves exports to NBD clients, read-only.
 * @throws {TenderError} (rejects) where it cannot listen everywhere: then it listens nowhere
 */
export async function serveNbd(options: NbdServerOptions): Promise<NbdServer> {
  const { listeners, maxConnections = MAX_CONNECTIONS, onEvent = () => {} } = options;
  const open = new Map<number, { close(): void }>();
  let last = 0;

  function accept(socket: Socket): void {
    if (open.size >= maxConnections) {
      socket.destroy();
      onEvent({ event: 'refused', reason: `${maxConnections} clients are connected already` });
      return;
    }
    last += 1;
    const client = last;
    onEvent({ event: 'connect', client });
    const connection = serveConnection(socket, options, {
      onExport: (chosen) => onEvent({ event: 'export', client, export: chosen }),
      onFailure: (error) => onEvent({ event: 'failure', error }),
      onEnd(end) {
        open.delete(client);
        onEvent({ event: 'disconnect', client, ...end });
      },
    });
    open.set(client, connection);
  }

  const servers: Server[] = [];
  async function close(): Promise<void> {
    const closed = servers.map(
      (server) => new Promise<void>((resolve) => void server.close(() => resolve())),
    );
    for (const connection of open.values()) connection.close();
    await Promise.all(closed);
  }
  try {
    for (const listener of listeners) {
      // A client may end its half before it has all answers.
      const server = createServer({ allowHalfOpen: true }, accept);
      await listen(server, listener);
      server.on('error', (error) => onEvent({ event: 'refused', reason: error.message }));
      servers.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const ports = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : undefined;
  });
  return {
    ports,
    get clients() {
      return open.size;
    },
    close,
  };
}
