import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { HostError } from '../../block/block-device.ts';
import type { ExportList, NbdExport } from './exports.ts';
import { HANDSHAKE_MS } from './limits.ts';
import { Negotiation, type Session, type TlsState } from './negotiation.ts';
import type { TlsSettings } from './tls.ts';
import { Transmission } from './transmission.ts';

/** What a connection knows of its server. */
export interface ConnectionSetting {
  readonly exports: ExportList;
  /** Where it is given, clients must use it. */
  readonly tls: TlsSettings | undefined;
}

/** What became of a connection. */
export interface ConnectionEnd {
  /** Undefined where the client never asked for one. */
  readonly export: NbdExport | undefined;
  readonly requests: number;
  /** Of data. */
  readonly bytes: number;
  /** Undefined where the client left as it should. */
  readonly reason: string | undefined;
}

/** What a connection tells. */
export interface ConnectionEvents {
  readonly onExport: (chosen: NbdExport) => void;
  readonly onFailure: (error: HostError) => void;
  readonly onEnd: (end: ConnectionEnd) => void;
}

/** A client that left without a word: nbdinfo does after ABORT, fio at its end. */
const GONE = new Set(['EPIPE', 'ECONNRESET']);

/** Serves one client. @returns what ends it: what it was answered already may still arrive */
export function serveConnection(
  plain: Socket,
  { exports, tls }: ConnectionSetting,
  { onExport, onFailure, onEnd }: ConnectionEvents,
): { close(): void } {
  let socket: Socket = plain;
  let transmission: Transmission | undefined;
  let chosen: NbdExport | undefined;
  let reason: string | undefined;
  let ended = false;

  const tooSlow = setTimeout(() => {
    reason ??= `no export chosen within ${HANDSHAKE_MS / 1000} s`;
    plain.destroy();
  }, HANDSHAKE_MS);

  function onClosed(): void {
    if (ended) return;
    ended = true;
    clearTimeout(tooSlow);
    transmission?.close();
    chosen?.release();
    const { requests, bytes } = transmission?.served ?? { requests: 0, bytes: 0 };
    onEnd({ export: chosen, requests, bytes, reason });
  }
  function onError(error: NodeJS.ErrnoException): void {
    if (!GONE.has(error.code ?? '')) reason ??= error.message;
    plain.destroy();
  }
  /** What was sent still arrives; who does not take it is not waited for. */
  function leave(why: string | undefined): void {
    reason ??= why;
    socket.removeAllListeners('data');
    socket.resume();
    socket.end(() => plain.destroy());
    setTimeout(() => plain.destroy(), HANDSHAKE_MS).unref();
  }
  function transmit(session: Session, rest: Buffer): void {
    clearTimeout(tooSlow);
    chosen = session.export;
    chosen.acquire();
    onExport(chosen);
    const begun = new Transmission(
      session,
      (bytes, done) => {
        // After an error nothing is needed any more either.
        socket.write(bytes, () => done());
      },
      {
        onFlow: (read) => void (read ? socket.resume() : socket.pause()),
        onClose: leave,
        onFailure,
      },
    );
    transmission = begun;
    socket.removeAllListeners('data');
    socket.on('data', (bytes: Buffer) => begun.receive(bytes));
    begun.receive(rest);
  }
  function negotiate(state: TlsState): void {
    const negotiation = new Negotiation(exports, state, (bytes) => void socket.write(bytes));
    socket.on('data', (bytes: Buffer) => {
      socket.cork();
      const step = negotiation.receive(bytes);
      socket.uncork();
      if (step.kind === 'close') leave(step.reason);
      else if (step.kind === 'tls') startTls();
      else if (step.kind === 'go') transmit(step.session, step.rest);
    });
  }
  function startTls(): void {
    plain.removeAllListeners('data');
    const secure = new TLSSocket(plain, { ...tls, isServer: true });
    socket = secure;
    secure.on('error', onError);
    secure.on('close', onClosed);
    negotiate('done');
  }

  plain.on('error', onError);
  plain.on('close', onClosed);
  // A client that ends its half has nothing more to ask.
  plain.on('end', () => plain.end());
  plain.setNoDelay(true);
  negotiate(tls === undefined ? 'off' : 'require');
  return { close: () => leave(undefined) };
}
