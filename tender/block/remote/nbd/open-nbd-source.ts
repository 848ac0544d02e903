import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errnoText } from '../../../base/errno-text.ts';
import { HostError } from '../../../base/errors.ts';
import { loadLater } from '../../../base/load-later.ts';
import type { RemoteLimits } from '../limits.ts';
import type { RemoteSource } from '../remote-source.ts';
import { encrypt } from './client-tls.ts';
import { NbdClient } from './nbd-client.ts';
import { type NbdPlace, parseNbdUri } from './nbd-uri.ts';
import { askForTls, chooseExport, type NbdExport, readGreeting } from './negotiate.ts';
import { StreamReader } from './stream-reader.ts';

interface Connection {
  readonly stream: Duplex;
  readonly reader: StreamReader;
  readonly chosen: NbdExport;
}

/** Whoever reads then, or later, learns of the end. */
function readerOf(stream: Duplex, shown: string): StreamReader {
  const reader = new StreamReader(stream);
  stream.on('error', (error) => reader.fail(new HostError(`${shown}: ${errnoText(error)}`)));
  const end = () => reader.fail(new HostError(`${shown}: The server hung up`));
  stream.on('end', end);
  stream.on('close', end);
  return reader;
}

async function greet(socket: Socket, place: NbdPlace): Promise<Connection> {
  const { shown, tls, name } = place;
  let stream: Duplex = socket;
  let reader = readerOf(socket, shown);
  const { noZeroes } = await readGreeting({ stream, reader, shown });
  if (tls !== undefined) {
    await askForTls({ stream, reader, shown });
    // What came in the clear would be taken for the server's.
    if (!reader.release()) throw new HostError(`${shown}: The server spoke before TLS was set up`);
    stream = await encrypt(socket, tls, place);
    reader = readerOf(stream, shown);
  }
  const chosen = await chooseExport({ stream, reader, shown }, name, noZeroes);
  return { stream, reader, chosen };
}

/** @throws {HostError} (rejects) */
async function connect(place: NbdPlace, limits: Pick<RemoteLimits, 'idle'>): Promise<Connection> {
  const { connect } = loadLater('node:net');
  const socket = connect({ ...place.to, noDelay: true });
  let clock: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    const text = `${place.shown}: No connection after ${limits.idle / 1000} s`;
    clock = setTimeout(() => fail(new HostError(text)), limits.idle);
  });
  try {
    return await Promise.race([greet(socket, place), late]);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(clock);
  }
}

/**
 * Opens an export of an NBD server. The protocol has no word for versions: a connection that is lost is the end,
 * because another image could answer the next one.
 * @throws {HostError} (rejects) where it cannot be reached, or the server does not keep to the protocol
 */
export async function openNbdPlace(place: NbdPlace, limits: RemoteLimits): Promise<RemoteSource> {
  const { stream, reader, chosen } = await connect(place, limits);
  return new NbdClient({ ...chosen, stream, reader, shown: place.shown, idle: limits.idle });
}

/** The same by its address: nbd:, nbds:, nbd+unix: or nbds+unix:. */
export async function openNbdSource(text: string, limits: RemoteLimits): Promise<RemoteSource> {
  return openNbdPlace(parseNbdUri(text), limits);
}
