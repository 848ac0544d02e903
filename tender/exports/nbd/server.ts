import { createServer, type Server, type Socket } from 'node:net';
import { type ConnectionSetting, serveConnection } from './connection.ts';
import type { ConnectionEnd } from './conversation.ts';
import { MAX_CONNECTIONS } from './limits.ts';
import { listen, type NbdListener } from './listener.ts';

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
  | { readonly event: 'export'; readonly client: number; readonly export: string }
  | ({ readonly event: 'disconnect'; readonly client: number } & ConnectionEnd)
  | { readonly event: 'refused'; readonly reason: string }
  /** Something of an image could not be read: the client got an error. */
  | { readonly event: 'failure'; readonly message: string };

/** A server that listens. */
export interface NbdServer {
  /** In the order of its listeners; undefined for unix sockets. */
  readonly ports: readonly (number | undefined)[];
  /** Clients at the moment. */
  readonly clients: number;
  /** Stops listening and ends all connections; unix sockets' paths are removed. */
  close(): Promise<void>;
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
      onExport: ({ name }) => onEvent({ event: 'export', client, export: name }),
      onFailure: ({ message }) => onEvent({ event: 'failure', message }),
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
