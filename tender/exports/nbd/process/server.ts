import { closeSync, lstatSync, unlinkSync } from 'node:fs';
import { cleanText } from '../../../base/clean-text.ts';
import { TenderError } from '../../../base/errors.ts';
import { type OpenImage, openImage } from '../../../block/open-image.ts';
import type { Libc } from '../../../native/libc.ts';
import { createRestarts } from '../../confined/restarts.ts';
import { type ServerProcess, startServerProcess } from '../../confined/start-server-process.ts';
import { MAX_CONNECTIONS } from '../limits.ts';
import type { NbdListener } from '../listener.ts';
import type { NbdEvent, NbdServer } from '../server.ts';
import type { NbdConfig } from './nbd-config.ts';
import { type OpenListener, openListener } from './open-listener.ts';

/** A file that is served. */
interface NbdImage {
  readonly path: string;
  readonly name: string;
  /** What it is, for people. */
  readonly description: string;
}

/** What a server needs to know. */
export interface NbdProcessOptions {
  readonly libc: Libc;
  readonly koffi: readonly string[];
  readonly listeners: readonly NbdListener[];
  readonly images: readonly NbdImage[];
  /** At once; further ones are closed as they come. */
  readonly maxConnections?: number;
  readonly onEvent: (event: NbdProcessServerEvent) => void;
}

/** What happens at a server. */
export type NbdProcessServerEvent =
  | NbdEvent
  /** The process has ended on its own account, its clients with it, and another one takes its place. */
  | { readonly event: 'restart'; readonly message: string };

/** A server in a process of its own. */
export interface NbdProcessServer extends NbdServer {
  /** Of the process that accepts clients at the moment. */
  readonly pid: number;
  /** Bytes of data that clients got so far. */
  readonly bytes: number;
  /**
   * Clients that connect from now on get these images; connected ones keep theirs, from a process that ends
   * with the last of them.
   * @throws {TenderError} where one cannot be opened: all stays as it is
   */
  swap(images: readonly NbdImage[]): void;
}

/** Processes that are asked to end say goodbye within this time. */
const END_MS = 1000;

/** Images that are open, and what clients are told of them. */
type Offer = readonly (NbdImage & OpenImage)[];

function openImages(images: readonly NbdImage[]): Offer {
  const opened: (NbdImage & OpenImage)[] = [];
  try {
    for (const image of images) opened.push({ ...image, ...openImage(image.path, false) });
    return opened;
  } catch (error) {
    closeImages(opened);
    throw error;
  }
}

function closeImages(offer: Offer): void {
  for (const { fd } of offer) closeSync(fd);
}

/** A process, and what is known of its clients: by its own numbers, and ours. */
interface Running {
  readonly process: ServerProcess;
  readonly clients: Map<number, number>;
}

/**
 * Serves image files over NBD, read-only, from a process that the kernel confines: what clients send is parsed there.
 * @throws {TenderError} (rejects) where it cannot listen everywhere: then it listens nowhere
 */
export async function serveNbdFromProcess(options: NbdProcessOptions): Promise<NbdProcessServer> {
  const { libc, koffi, maxConnections = MAX_CONNECTIONS, onEvent } = options;
  const processes = new Set<Running>();
  const sockets: OpenListener[] = [];
  const paths = new Map<string, number>();
  let offer = openImages(options.images);
  let current: Running | undefined;
  let last = 0;
  let bytes = 0;
  let closed = false;
  let served = false;
  let isReady = () => {};
  let failed = (_reason: string) => {};
  const ready = new Promise<void>((resolve, reject) => {
    isReady = () => {
      served = true;
      resolve();
    };
    failed = (reason) => reject(new TenderError(`cannot serve NBD: ${reason}`));
  });

  function start(): void {
    const begun = performance.now();
    const clients = new Map<number, number>();
    let broken: string | undefined;
    const process = startServerProcess<NbdConfig>(libc, {
      program: 'nbd',
      config: {
        koffi,
        listeners: sockets.length,
        images: offer.map(({ name, description, size }) => ({ name, description, size })),
        maxConnections,
      },
      fds: [...sockets, ...offer].map(({ fd }) => fd),
      onTold(told) {
        if (told.event === 'ready') isReady();
        else if (told.event === 'broken') broken = cleanText(told.message);
        else hear(told, clients);
      },
      onEnd(_end, words) {
        processes.delete(mine);
        failed(broken ?? words);
        for (const client of clients.values()) {
          const reason = 'the process of the server has ended';
          onEvent({
            event: 'disconnect',
            client,
            export: undefined,
            requests: 0,
            bytes: 0,
            reason,
          });
        }
        // One that was told to retire has.
        if (closed || !served || current !== mine) return;
        current = undefined;
        onEvent({ event: 'restart', message: broken ?? words });
        restarts.after(performance.now() - begun);
      },
    });
    const mine = { process, clients };
    processes.add(mine);
    current = mine;
  }
  const restarts = createRestarts(start, (message) => onEvent({ event: 'restart', message }));
  /** Whoever broke into the process could say anything. */
  function hear(told: Readonly<Record<string, unknown>>, clients: Map<number, number>): void {
    const number = (name: string) => Number(told[name]) || 0;
    const text = (name: string) => (told[name] === undefined ? undefined : cleanText(told[name]));
    const { event } = told;
    if (event === 'traffic') bytes += number('bytes');
    else if (event === 'failure') onEvent({ event, message: cleanText(told.message) });
    else if (event === 'refused') onEvent({ event, reason: cleanText(told.reason) });
    else if (event === 'connect') {
      if (clients.size >= maxConnections) return;
      last += 1;
      clients.set(number('client'), last);
      onEvent({ event, client: last });
    }
    const client = clients.get(number('client'));
    if (client === undefined) return;
    if (event === 'export') onEvent({ event, client, export: cleanText(told.export) });
    else if (event === 'disconnect') {
      clients.delete(number('client'));
      const counts = { requests: number('requests'), bytes: number('bytes') };
      onEvent({ event, client, export: text('export'), ...counts, reason: text('reason') });
    }
  }
  async function close(): Promise<void> {
    closed = true;
    restarts.stop();
    for (const { fd } of sockets) libc.raw('close', fd);
    for (const [path, ino] of paths) {
      // Unless somebody else listens there by now.
      if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) unlinkSync(path);
    }
    closeImages(offer);
    await endAll();
  }
  function endAll(): Promise<void> {
    for (const { process } of processes) process.end();
    return new Promise((resolve) => {
      const begun = performance.now();
      const look = () => {
        if (processes.size === 0) resolve();
        else {
          if (performance.now() - begun > END_MS)
            for (const { process } of processes) process.kill();
          setTimeout(look, 5);
        }
      };
      look();
    });
  }

  try {
    for (const listener of options.listeners) {
      sockets.push(await openListener(libc, listener));
      if (listener.kind === 'unix') paths.set(listener.path, lstatSync(listener.path).ino);
    }
    start();
    await ready;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ports: sockets.map(({ port }) => port),
    get clients() {
      return [...processes].reduce((sum, { clients }) => sum + clients.size, 0);
    },
    get pid() {
      return current?.process.pid ?? 0;
    },
    get bytes() {
      return bytes;
    },
    swap(images) {
      const next = openImages(images);
      closeImages(offer);
      offer = next;
      const old = current;
      // Where none runs, the one that is going to be started has the new images.
      if (old === undefined) return;
      restarts.now();
      old.process.retire();
    },
    close,
  };
}
