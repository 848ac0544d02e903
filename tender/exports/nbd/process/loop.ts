import type { HostError } from '../../../base/errors.ts';
import { EAGAIN, ECONNABORTED, EINTR, O_CLOEXEC, O_NONBLOCK } from '../../../native/constants.ts';
import { Descriptors } from '../../../native/descriptors.ts';
import { EPOLLIN, EPOLLOUT, Epoll } from '../../../native/epoll.ts';
import { type Libc, SyscallError } from '../../../native/libc.ts';
import type { ConnectionEnd } from '../conversation.ts';
import type { ExportList } from '../exports.ts';
import { HANDSHAKE_MS } from '../limits.ts';
import { SocketConnection } from './socket-connection.ts';

/** What the loop tells. `client` counts from 1. */
interface LoopEvents {
  readonly onConnect: (client: number) => void;
  readonly onExport: (client: number, name: string) => void;
  readonly onEnd: (client: number, end: ConnectionEnd) => void;
  /** No more than once a second. */
  readonly onRefused: (reason: string) => void;
  readonly onFailure: (error: HostError) => void;
  /** @param bytes of data that clients got since the last time; once a second, and at a client's end */
  readonly onTraffic: (bytes: number) => void;
}

/** What the loop serves, and to whom. */
export interface LoopOptions {
  readonly exports: ExportList;
  /** Sockets that listen, and do not block. */
  readonly listeners: readonly number[];
  /** Something to be read means that nobody new is to be served; its end means that all is to end. */
  readonly channel: number;
  readonly maxConnections: number;
  readonly events: LoopEvents;
}

/** Events that are taken at once. */
const BATCH = 64;
/** Bytes that are read at once: two thousand requests. */
const INPUT_BYTES = 64 * 1024;
/** How often something is told that would be told all the time. */
const TELL_MS = 1000;
/** Without a descriptor for a new client, nobody is accepted for as long, or until one leaves. */
const PAUSE_MS = 1000;

/** A connection, and what the loop knows of it. */
interface Client {
  readonly number: number;
  readonly connection: SocketConnection;
  phase: SocketConnection['phase'];
  /** What the kernel was told to wait for. */
  awaits: number;
  /** Bytes of its data that were told. */
  told: number;
}

/** Serves clients on one thread, which does nothing else: it sleeps until one of them says something. */
export class ClientLoop {
  readonly #libc: Libc;
  readonly #options: LoopOptions;
  readonly #epoll: Epoll;
  readonly #descriptors: Descriptors;
  readonly #input = Buffer.allocUnsafeSlow(INPUT_BYTES);
  readonly #clients = new Map<number, Client>();
  /** Clients that are not waited for much longer, the next one first: milliseconds of the clock. */
  readonly #deadlines = new Map<Client, number>();
  /** Clients that have more to get, and take turns. */
  readonly #busy = new Set<Client>();
  #last = 0;
  #state: 'open' | 'retired' | 'ended' = 'open';
  /** When clients are accepted again; undefined while they are. */
  #pausedUntil: number | undefined;
  #untold = 0;
  #tellAt = 0;
  #refuseAt = 0;

  /** Takes all descriptors that it needs. @throws {SyscallError} */
  constructor(libc: Libc, options: LoopOptions) {
    this.#libc = libc;
    this.#options = options;
    this.#epoll = new Epoll(libc, BATCH);
    this.#descriptors = new Descriptors(libc);
    for (const fd of [options.channel, ...options.listeners]) this.#epoll.add(fd, EPOLLIN);
  }

  /** Returns once it is told to end, or to retire and the last client has left. */
  run(): void {
    while (this.#state === 'open' || (this.#state === 'retired' && this.#clients.size > 0)) {
      const count = this.#epoll.wait(this.#timeout());
      for (let index = 0; index < count; index += 1) {
        this.#hear(this.#epoll.fd(index), this.#epoll.events(index));
      }
      if (this.#busy.size > 0) for (const client of [...this.#busy]) this.#takeTurn(client);
      this.#watchClock();
    }
    for (const client of [...this.#clients.values()]) this.#close(client);
  }

  /** Milliseconds until something is to be done anyway. */
  #timeout(): number {
    if (this.#busy.size > 0) return 0;
    const next = Math.min(
      this.#deadlines.values().next().value ?? Number.POSITIVE_INFINITY,
      this.#pausedUntil ?? Number.POSITIVE_INFINITY,
      this.#untold > 0 ? this.#tellAt : Number.POSITIVE_INFINITY,
    );
    return next === Number.POSITIVE_INFINITY
      ? -1
      : Math.max(0, Math.ceil(next - performance.now()));
  }

  #watchClock(): void {
    if (this.#deadlines.size === 0 && this.#pausedUntil === undefined && this.#untold === 0) return;
    const now = performance.now();
    for (const [client, deadline] of this.#deadlines) {
      if (deadline > now) break;
      const { connection, phase } = client;
      const slow = phase === 'choosing';
      connection.drop(slow ? `no export chosen within ${HANDSHAKE_MS / 1000} s` : undefined);
      this.#close(client);
    }
    if (this.#pausedUntil !== undefined && this.#pausedUntil <= now) this.#resume();
    if (this.#untold > 0 && this.#tellAt <= now) this.#tellTraffic(now);
  }

  #tellTraffic(now: number): void {
    const bytes = this.#untold;
    this.#untold = 0;
    this.#tellAt = now + TELL_MS;
    if (bytes > 0) this.#options.events.onTraffic(bytes);
  }

  #hear(fd: number, events: number): void {
    const { channel, listeners } = this.#options;
    const client = this.#clients.get(fd);
    if (client !== undefined) {
      const { connection } = client;
      if ((events & EPOLLOUT) !== 0) connection.flush();
      if ((events & EPOLLIN) !== 0) connection.receive(this.#input);
      // Its other side is gone, while there is nothing to be read from it.
      else if ((events & EPOLLOUT) === 0) connection.drop();
      this.#takeTurn(client);
    } else if (fd === channel) this.#hearChannel();
    else if (listeners.includes(fd)) this.#accept(fd);
  }

  #hearChannel(): void {
    const ended = this.#descriptors.read(this.#options.channel, this.#input) === 0;
    if (this.#state === 'open') {
      for (const listener of this.#options.listeners) {
        this.#epoll.remove(listener);
        this.#libc.raw('close', listener);
      }
      this.#pausedUntil = undefined;
    }
    this.#state = ended ? 'ended' : 'retired';
  }

  #accept(listener: number): void {
    if (this.#state !== 'open' || this.#pausedUntil !== undefined) return;
    const flags = O_NONBLOCK | O_CLOEXEC;
    const fd = this.#libc.raw('accept4', listener, 0, 0, flags);
    if (fd === -EAGAIN || fd === -EINTR || fd === -ECONNABORTED) return;
    if (fd < 0) {
      // Whoever waits in the queue would be announced for ever.
      this.#pause();
      this.#refuse(`no client can be accepted: ${new SyscallError('accept4', -fd).message}`);
    } else if (this.#clients.size >= this.#options.maxConnections) {
      this.#libc.raw('close', fd);
      this.#refuse(`${this.#options.maxConnections} clients are connected already`);
    } else this.#open(fd);
  }

  #pause(): void {
    for (const listener of this.#options.listeners) this.#epoll.change(listener, 0);
    this.#pausedUntil = performance.now() + PAUSE_MS;
  }

  #resume(): void {
    for (const listener of this.#options.listeners) this.#epoll.change(listener, EPOLLIN);
    this.#pausedUntil = undefined;
  }

  #refuse(reason: string): void {
    const now = performance.now();
    if (now < this.#refuseAt) return;
    this.#refuseAt = now + TELL_MS;
    this.#options.events.onRefused(reason);
  }

  #open(fd: number): void {
    const { exports, events } = this.#options;
    this.#last += 1;
    const number = this.#last;
    events.onConnect(number);
    const connection = new SocketConnection(this.#descriptors, fd, exports, {
      onExport: ({ name }) => events.onExport(number, name),
      onFailure: events.onFailure,
    });
    const client: Client = { number, connection, phase: 'choosing', awaits: EPOLLIN, told: 0 };
    this.#epoll.add(fd, EPOLLIN);
    this.#clients.set(fd, client);
    this.#deadlines.set(client, performance.now() + HANDSHAKE_MS);
    this.#takeTurn(client);
  }

  /** A client that was called: it goes on, and what has changed with it is looked at. */
  #takeTurn(client: Client): void {
    const { connection } = client;
    if (connection.takeTurn()) this.#busy.add(client);
    else this.#busy.delete(client);
    const { bytes, phase, interest } = connection;
    this.#untold += bytes - client.told;
    client.told = bytes;
    if (connection.over) {
      this.#close(client);
      return;
    }
    if (phase !== client.phase) {
      client.phase = phase;
      this.#deadlines.delete(client);
      if (phase !== 'served') this.#deadlines.set(client, performance.now() + HANDSHAKE_MS);
    }
    if (interest === client.awaits) return;
    client.awaits = interest;
    this.#epoll.change(connection.fd, interest);
  }

  #close(client: Client): void {
    const { connection, number } = client;
    this.#libc.raw('close', connection.fd);
    this.#clients.delete(connection.fd);
    this.#deadlines.delete(client);
    this.#busy.delete(client);
    connection.close();
    this.#tellTraffic(performance.now());
    this.#options.events.onEnd(number, connection.end);
    if (this.#pausedUntil !== undefined) this.#resume();
  }
}
