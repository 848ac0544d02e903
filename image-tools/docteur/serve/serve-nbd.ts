import { UsageError } from '../../../tender/base/errors.ts';
import { isRemote } from '../../../tender/block/remote/image-address.ts';
import { activatedSockets } from '../../../tender/exports/nbd/activation.ts';
import { type NbdAddress, nbdUri, parseNbdAddress } from '../../../tender/exports/nbd/address.ts';
import { ExportList } from '../../../tender/exports/nbd/exports.ts';
import type { NbdListener } from '../../../tender/exports/nbd/listener.ts';
import {
  type NbdProcessServerEvent,
  serveNbdFromProcess,
} from '../../../tender/exports/nbd/process/server.ts';
import { serveNbd } from '../../../tender/exports/nbd/server.ts';
import { loadTls, type TlsSettings } from '../../../tender/exports/nbd/tls.ts';
import { findNative } from '../../../tender/monitors/node/native.ts';
import type { Libc } from '../../../tender/native/libc.ts';
import type { Reporter } from './reporter.ts';
import { describeExport, exportImage, type ServedImage } from './served-image.ts';
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

/** How events are told. @param onBytes is given the bytes of each client that has left */
function tellEvents(reporter: Reporter, onBytes: (bytes: number) => void) {
  return (event: NbdProcessServerEvent): void => {
    if (event.event === 'disconnect') {
      onBytes(event.bytes);
      const { client, reason } = event;
      reporter.tell({ ...event }, reason === undefined ? undefined : `client ${client}: ${reason}`);
    } else if (event.event === 'failure') reporter.tell(event, event.message);
    else if (event.event === 'refused') {
      reporter.tell(event, `a client was refused: ${event.reason}`);
    } else if (event.event === 'restart') {
      reporter.tell(event, `NBD: the server's process is started again (${event.message})`);
    } else reporter.tell(event);
  };
}

/** A server, and where it is. */
interface NbdServing extends Serving {
  readonly ports: readonly (number | undefined)[];
  /** Of the process that serves at the moment. */
  readonly pid: number;
}

interface Setting {
  readonly images: readonly ServedImage[];
  readonly listeners: readonly NbdListener[];
  readonly limits: { readonly maxConnections?: number };
  readonly reporter: Reporter;
}

/** From a process of its own, which the kernel confines: without TLS, which Node has on its own streams alone. */
async function serveFromProcess(
  { libc, koffi }: { readonly libc: Libc; readonly koffi: readonly string[] },
  { images, listeners, limits, reporter }: Setting,
): Promise<NbdServing> {
  const describe = (many: readonly ServedImage[]) =>
    many.map((image) => ({ ...image, description: describeExport(image) }));
  const onEvent = tellEvents(reporter, () => {});
  const about = { libc, koffi, listeners, onEvent, images: describe(images) };
  const server = await serveNbdFromProcess({ ...about, ...limits });
  return {
    ports: server.ports,
    get pid() {
      return server.pid;
    },
    get clients() {
      return server.clients;
    },
    get bytes() {
      return server.bytes;
    },
    swap: (others) => server.swap(describe(others)),
    close: () => server.close(),
  };
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

/** In this process. */
async function serveHere(
  tls: TlsSettings | undefined,
  { images, listeners, limits, reporter }: Setting,
): Promise<NbdServing> {
  const exports = new ExportList();
  exports.replace(openAll(images));
  let bytes = 0;
  const onEvent = tellEvents(reporter, (more) => {
    bytes += more;
  });
  const server = await serveNbd({ listeners, exports, tls, onEvent, ...limits });
  return {
    ports: server.ports,
    pid: process.pid,
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

/** Serves images over NBD. @throws {TenderError} (rejects) where it cannot listen */
export async function serveOverNbd(
  images: readonly ServedImage[],
  listeners: readonly NbdListener[],
  options: NbdOptions,
  reporter: Reporter,
): Promise<Serving> {
  const { tlsCertificates: certificates, tlsPsk: psk, tlsVerifyPeer: verifyPeer = false } = options;
  const { clients: maxConnections } = options;
  const encrypted = certificates !== undefined || psk !== undefined;
  const limits = maxConnections === undefined ? {} : { maxConnections };
  const setting = { images, listeners, limits, reporter };
  const { koffi, libc } = findNative();
  // A confined process has no network to fetch with.
  const isFetched = images.some(({ path }) => isRemote(path));
  const server =
    libc === undefined || encrypted || isFetched
      ? await serveHere(encrypted ? loadTls({ certificates, psk, verifyPeer }) : undefined, setting)
      : await serveFromProcess({ koffi, libc }, setting);
  const { pid } = server;
  for (const [index, listener] of listeners.entries()) {
    if (listener.kind === 'fd') reporter.tell({ event: 'listening', fd: listener.fd, pid });
    else {
      const uri = nbdUri(listener, encrypted, server.ports[index]);
      reporter.tell({ event: 'listening', uri, pid }, `NBD: ${uri}`);
    }
  }
  return server;
}
