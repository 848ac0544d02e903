import { clock } from '../../base/clock.ts';
import { EAGAIN, O_CLOEXEC } from '../../native/constants.ts';
import type { Libc } from '../../native/libc.ts';
import { Poller } from '../../native/poll.ts';
import type { Spinner } from '../../transport/spinner.ts';
import type { BackEndDevice } from './back-end-device.ts';
import type { VhostHost } from './host.ts';
import { MessageReader } from './message-reader.ts';
import type { Ring } from './ring.ts';
import { SessionEnd, VhostSession } from './session.ts';

/** Chains of one ring that are served before the others have their turn. */
const TURN = 64;
/** Turns of busy rings before messages are looked for: each look is a system call. */
const DEAF_TURNS = 8;
/** How often it is told what a machine read. */
const TELL_MS = 1000;
/** Rings, a connection, a listening socket, the parent's channel and the one that bytes come by. */
const MAX_FDS = 64;

/** What the loop tells. */
interface LoopEvents {
  readonly onConnect: () => void;
  /** @param reason undefined where the front end closed the connection */
  readonly onDisconnect: (reason: string | undefined) => void;
  /** @param bytes that the machine was given since the last time; about once a second, and at its end */
  readonly onTraffic: (bytes: number) => void;
}

/** What the loop serves, and where. */
export interface LoopOptions {
  /** Answers at once, or once its bytes are there. Its queues are the machine's. */
  readonly device: BackEndDevice;
  readonly host: VhostHost;
  /** A socket that listens: one front end at a time is served, the next ones wait. */
  readonly listener: number;
  /** Can be read once the loop is to end, behind the connection that there is. */
  readonly retire: number;
  readonly events: LoopEvents;
  /** Looks at rings for a moment before the thread goes to sleep: a kick and a wake-up cost more. */
  readonly spinner: Spinner;
}

/** Of one front end. */
interface Connection {
  readonly socket: number;
  readonly reader: MessageReader;
  readonly session: VhostSession;
}

/**
 * Serves front ends, one after another, on this thread, which does nothing else: it sleeps in poll(2) until
 * one of them says something. Returns once it is told to retire, and no front end is connected.
 */
export function serveFrontEnds(libc: Libc, options: LoopOptions): void {
  const { device, host, listener, retire, events, spinner } = options;
  const { awaited } = device;
  const poller = new Poller(libc, MAX_FDS);
  let connection: Connection | undefined;
  let retiring = false;

  let tellAt = 0;
  /** @param now a time before which nothing is told again */
  function tellTraffic(session: VhostSession, now: number): void {
    if (now < tellAt) return;
    tellAt = now + TELL_MS;
    const bytes = session.rings.reduce((sum, ring) => sum + ring.takeBytes(), 0);
    if (bytes > 0) events.onTraffic(bytes);
  }
  function accept(): void {
    const socket = libc.raw('accept4', listener, 0, 0, O_CLOEXEC);
    if (socket < 0) return;
    const session = new VhostSession(device, host);
    connection = { socket, session, reader: new MessageReader(libc, socket) };
    events.onConnect();
  }
  function disconnect(reason: string | undefined): void {
    if (connection === undefined) return;
    const { socket, session, reader } = connection;
    connection = undefined;
    session.close();
    tellAt = 0;
    tellTraffic(session, 0);
    reader.close();
    libc.raw('close', socket);
    events.onDisconnect(reason);
  }
  function send(socket: number, bytes: Buffer): void {
    // Whoever asks so much without reading the answers that a socket is full is not waited for.
    const copy = new Uint8Array(new ArrayBuffer(bytes.length));
    copy.set(bytes);
    const sent = libc.raw('write', socket, libc.address(copy.buffer), copy.length);
    if (sent !== copy.length && sent !== -EAGAIN) disconnect('the front end takes no answers');
  }
  function receive({ socket, reader, session }: Connection): void {
    while (connection !== undefined) {
      const message = reader.next();
      if (message === undefined) return;
      if (message === null) {
        disconnect(undefined);
        return;
      }
      const reply = session.receive(message.header, message.payload, message.fds);
      if (reply !== undefined) send(socket, reply);
    }
  }
  /** What a front end or its machine does wrong ends their connection, and nothing else. */
  function guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof SessionEnd && error.reply !== undefined && connection !== undefined) {
        send(connection.socket, error.reply);
      }
      disconnect((error as Error).message);
    }
  }

  function hear(current: Connection, ready: readonly number[]): void {
    for (const ring of current.session.rings)
      if (ring.kick !== undefined && ready.includes(ring.kick)) ring.hearKick();
    if (ready.includes(current.socket)) receive(current);
    // Where somebody woke this thread, and in the turns of busy rings: a clock costs less than a wake-up.
    if (ready.length > 0 || deaf === 0) tellTraffic(current.session, clock());
  }
  /**
   * Serves all rings: what was made available before a ring began is not announced.
   * @returns false where they are empty, and announce what comes
   */
  function serve(rings: readonly Ring[]): boolean {
    const takeTurns = () => {
      let served = false;
      for (const ring of rings) if (ring.takeTurn(TURN)) served = true;
      return served;
    };
    if (!takeTurns()) return false;
    // Behind a turn that finds nothing, they announce it.
    return spinner.sees(() => rings.some(({ hasNews }) => hasNews)) || takeTurns();
  }

  let busy = false;
  let deaf = 0;
  while (!(retiring && connection === undefined)) {
    deaf = busy ? (deaf + 1) % DEAF_TURNS : 0;
    const ready = deaf === 0 ? look() : [];
    if (ready.includes(retire)) retiring = true;
    // Its end is the end of this process, which is started again with another one.
    if (awaited !== undefined && ready.includes(awaited.fd)) awaited.hear();
    if (connection === undefined) {
      if (ready.includes(listener)) accept();
      continue;
    }
    const current = connection;
    guard(() => {
      hear(current, ready);
      busy = serve(current.session.rings);
    });
    if (connection === undefined) busy = false;
  }
  libc.raw('close', listener);

  /** What can be read, of all that there is; waits unless a ring has more. */
  function look(): number[] {
    const fds = retiring ? [] : [retire];
    if (awaited !== undefined) fds.push(awaited.fd);
    if (connection === undefined) fds.push(listener);
    else {
      fds.push(connection.socket);
      for (const { kick } of connection.session.rings) if (kick !== undefined) fds.push(kick);
    }
    return poller.poll(fds, !busy);
  }
}
