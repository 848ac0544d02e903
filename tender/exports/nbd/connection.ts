import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type ConnectionEnd, Conversation, type ConversationEvents } from './conversation.ts';
import type { ExportList } from './exports.ts';
import { HANDSHAKE_MS } from './limits.ts';
import type { TlsState } from './negotiation.ts';
import type { TlsSettings } from './tls.ts';

/** What a connection knows of its server. */
export interface ConnectionSetting {
  readonly exports: ExportList;
  /** Where it is given, clients must use it. */
  readonly tls: TlsSettings | undefined;
}

/** What a connection tells. */
export interface ConnectionEvents extends Pick<ConversationEvents, 'onExport' | 'onFailure'> {
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
    conversation.close();
    onEnd({ ...conversation.served, reason });
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
  function converse(state: TlsState): Conversation {
    const over = socket;
    let encrypts = false;
    // After an error nothing is needed any more either.
    const send = (bytes: Buffer, done: () => void) => void over.write(bytes, () => done());
    const begun = new Conversation(exports, state, send, {
      onExport(chosen) {
        clearTimeout(tooSlow);
        onExport(chosen);
      },
      onFailure,
      onFlow: (read) => void (read ? over.resume() : over.pause()),
      onTls() {
        encrypts = true;
      },
      onLeave: leave,
    });
    over.on('data', (bytes: Buffer) => {
      over.cork();
      begun.receive(bytes);
      over.uncork();
      // Behind the answer that allows it.
      if (encrypts) startTls();
    });
    return begun;
  }
  function startTls(): void {
    plain.removeAllListeners('data');
    const secure = new TLSSocket(plain, { ...tls, isServer: true });
    socket = secure;
    secure.on('error', onError);
    secure.on('close', onClosed);
    conversation = converse('done');
  }

  plain.on('error', onError);
  plain.on('close', onClosed);
  // A client that ends its half has nothing more to ask.
  plain.on('end', () => plain.end());
  plain.setNoDelay(true);
  let conversation = converse(tls === undefined ? 'off' : 'require');
  return { close: () => leave(undefined) };
}
