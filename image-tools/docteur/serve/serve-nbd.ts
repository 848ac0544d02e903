import { UsageError } from '../../../tender/base/errors.ts';
import { activatedSockets } from '../../../tender/exports/nbd/activation.ts';
import { type NbdAddress, nbdUri, parseNbdAddress } from '../../../tender/exports/nbd/address.ts';
import { ExportList } from '../../../tender/exports/nbd/exports.ts';
import { type NbdEvent, type NbdListener, serveNbd } from '../../../tender/exports/nbd/server.ts';
import { loadTls } from '../../../tender/exports/nbd/tls.ts';
import type { Reporter } from './reporter.ts';
import { exportImage, type ServedImage } from './served-image.ts';
import type { Serving } from './serving.ts';

/** What the command line says of NBD. */
export interface NbdOptions {
  readonly nbd?: readonly string[];
  readonly public?: true;
  readonly tlsCertificates?: string;
  readonly tlsVerifyPeer?: true;
  readonly tlsPsk?: string;
  readonly clients?: number;
}

/** @throws {UsageError} where anybody could connect, and nobody said that this is meant */
function parseAddresses({ nbd = [], public: isPublic }: NbdOptions): NbdAddress[] {
  return nbd.map((text) => {
    const address = parseNbdAddress(text);
    if (address.kind === 'tcp' && !address.local && !isPublic) {
      throw new UsageError(
        `--nbd ${text}: other machines could connect; add --public to allow it, and consider --tls-certificates`,
      );
    }
    return address;
  });
}

/** Where NBD is to be served: what the command line names, and the sockets that systemd gave. */
export function findListeners(options: NbdOptions): NbdListener[] {
  const given = activatedSockets(process.env, process.pid);
  return [...parseAddresses(options), ...given.map((fd) => ({ kind: 'fd', fd }) as const)];
}

/** Opens all images before any is served. */
function openAll(images: readonly ServedImage[]): ReturnType<typeof exportImage>[] {
  const opened: ReturnType<typeof exportImage>[] = [];
  try {
    for (const image of images) opened.push(exportImage(image));
    return opened;
  } catch (error) {
    for (const { device } of opened) device.close();
    throw error;
  }
}

/** Serves images over NBD. @throws {TenderError} (rejects) where it cannot listen */
export async function serveOverNbd(
  images: readonly ServedImage[],
  listeners: readonly NbdListener[],
  options: NbdOptions,
  reporter: Reporter,
): Promise<Serving> {
  const { tlsCertificates: certificates, tlsPsk: psk, tlsVerifyPeer: verifyPeer = false } = options;
  const encrypted = certificates !== undefined || psk !== undefined;
  const tls = encrypted ? loadTls({ certificates, psk, verifyPeer }) : undefined;
  const exports = new ExportList();
  exports.replace(openAll(images));
  let bytes = 0;
  function onEvent(event: NbdEvent): void {
    if (event.event === 'export') {
      reporter.tell({ ...event, export: event.export.name });
    } else if (event.event === 'disconnect') {
      bytes += event.bytes;
      const text =
        event.reason === undefined ? undefined : `client ${event.client}: ${event.reason}`;
      reporter.tell({ ...event, export: event.export?.name }, text);
    } else if (event.event === 'failure') {
      reporter.tell({ event: 'failure', message: event.error.message }, event.error.message);
    } else if (event.event === 'refused') {
      reporter.tell(event, `a client was refused: ${event.reason}`);
    } else reporter.tell(event);
  }
  const { clients: maxConnections } = options;
  const server = await serveNbd({
    listeners,
    exports,
    tls,
    onEvent,
    ...(maxConnections !== undefined && { maxConnections }),
  });
  for (const [index, listener] of listeners.entries()) {
    if (listener.kind === 'fd') reporter.tell({ event: 'listening', fd: listener.fd });
    else {
      const uri = nbdUri(listener, encrypted, server.ports[index]);
      reporter.tell({ event: 'listening', uri }, `NBD: ${uri}`);
    }
  }
  return {
    get clients() {
      return server.clients;
    },
    get bytes() {
      return bytes;
    },
    swap: (others) => exports.replace(openAll(others)),
    async close() {
      await server.close();
      exports.replace([]);
    },
  };
}
