import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { bodyLength, type SiteResponse } from '../../../../guest/host/web/site-response.ts';
import { dateLineOf, headOf } from './answer-head.ts';
import type { Answered } from './answered.ts';
import type { DirectSend } from './direct-send.ts';
import { HotAnswers } from './hot-answers.ts';
import { type PlainRequest, parsePlainRequest } from './plain-request.ts';
import { readInPlace } from './read-in-place.ts';
import type { SendBuffers } from './send-buffers.ts';
import { type Means, sendBytes, sendHot, sendParts } from './send-plain.ts';

/** An answer, and what must stay open until all of it is read. */
export interface PlainAnswer {
  readonly response: SiteResponse;
  readonly site: { enter(): void; leave(): void };
}

/** What plain requests are answered with. */
export interface PlainOptions {
  /** Milliseconds that a client may be silent, or read nothing of its answer. */
  readonly idleMs: number;
  /** What clients are sent answers from. */
  readonly buffers: SendBuffers;
  /** Undefined, or an error, for what somebody else has to answer. */
  answer(request: PlainRequest): PlainAnswer | undefined;
  onAnswered(answered: Answered): void;
  readonly direct: DirectSend;
}

interface Connection {
  readonly socket: Socket;
  /** An answer is under way. */
  isSending: boolean;
  /** To be ended after it. */
  isEnding: boolean;
  /** The next request, which waits until the answer is sent. */
  waiting: Buffer | undefined;
  /** When the client was last heard, or has taken an answer: the number of a look at all of them. */
  heard: number;
  /** The client is behind with reading: Node's timer of the socket knows whether it goes on. */
  isTimed: boolean;
}

/** Looks at all connections within the time that one may be silent. */
const LOOKS = 10;

/**
 * Connections whose clients send plain requests, one after the other. Node's own server spends more time on such a
 * request than the site does; a connection that sends anything else is handed to it for good.
 */
export class PlainConnections {
  readonly #options: PlainOptions;
  readonly #means: Means;
  readonly #hot = new HotAnswers();
  readonly #connections = new Set<Connection>();
  /** One timer for all: Node's own for each socket is set again by every read and write. */
  readonly #timer: NodeJS.Timeout;
  #look = 0;

  constructor(options: PlainOptions) {
    this.#options = options;
    this.#means = { buffers: options.buffers, direct: options.direct };
    this.#timer = setInterval(() => this.#endSilent(), options.idleMs / LOOKS).unref();
  }

  /**
   * Serves a connection that nobody has read from.
   * @param takeOver serves it from its next request on; the bytes that came are still to be read
   * @returns the connection's socket from now on
   */
  serve(accepted: Socket, takeOver: (socket: Socket) => void): Socket {
    const socket = readInPlace(accepted, (chunk) => onBytes(chunk));
    const connection: Connection = {
      socket,
      isSending: false,
      isEnding: false,
      waiting: undefined,
      heard: this.#look,
      isTimed: false,
    };
    const goOn = () => {
      const { waiting } = connection;
      if (waiting === undefined) return;
      connection.waiting = undefined;
      socket.resume();
      if (!onBytes(waiting)) socket.unshift(waiting);
    };
    const onSent = () => {
      connection.isSending = false;
      connection.heard = this.#look;
      if (connection.isEnding) socket.end();
      else goOn();
    };
    let isTaken = false;
    const onBytes = (chunk: Buffer) => {
      if (isTaken) return false;
      if (connection.isSending || socket.writableNeedDrain) {
        // The client has not read the last answer: its next request waits, and whatever follows stays in the kernel.
        connection.waiting = Buffer.from(chunk);
        socket.pause();
        return true;
      }
      connection.isSending = true;
      connection.heard = this.#look;
      if (this.#answer(socket, chunk, onSent)) return true;
      isTaken = true;
      this.#connections.delete(connection);
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
      socket.setTimeout(0);
      takeOver(socket);
      return false;
    };
    const listeners = {
      drain: () => {
        if (!connection.isSending) goOn();
      },
      end: () => end(connection),
      error: () => socket.destroy(),
      close: () => this.#connections.delete(connection),
      timeout: () => socket.destroy(),
    };
    this.#connections.add(connection);
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
    return socket;
  }

  /** Ends connections once their answers are sent; those that others have taken over are theirs. */
  close(): void {
    for (const connection of this.#connections) end(connection);
  }

  /** Ends the rest at once. */
  destroy(): void {
    clearInterval(this.#timer);
    for (const { socket } of this.#connections) socket.destroy();
  }

  #endSilent(): void {
    this.#look += 1;
    for (const connection of this.#connections) {
      const { socket, isSending, isTimed, heard } = connection;
      const isBehind = isSending || socket.writableLength > 0;
      if (isBehind !== isTimed) {
        connection.isTimed = isBehind;
        connection.heard = this.#look;
        socket.setTimeout(isBehind ? this.#options.idleMs : 0);
      } else if (!isBehind && this.#look - heard > LOOKS) socket.destroy();
    }
  }

  /** Whether it is answered; `onSent` is called once it is sent, or at once. */
  #answer(socket: Socket, chunk: Buffer, onSent: () => void): boolean {
    const request = parsePlainRequest(chunk);
    if (request === undefined) return false;
    try {
      const answer = this.#options.answer(request);
      const head = answer && headOf(answer.response);
      if (answer === undefined || head === undefined) return false;
      const { response, site } = answer;
      const { status, headers, body } = response;
      const { second, text: dateLine } = dateLineOf(Date.now());
      if (body === undefined || body instanceof Uint8Array) {
        sendBytes(socket, head + dateLine, body);
        onSent();
      } else {
        const isWhole = status === 200;
        const hot = isWhole && this.#hot.enter(headers, head, dateLine, second, body);
        if (hot) {
          sendHot(socket, hot.bytes, this.#means, () => {
            this.#hot.leave(hot);
            onSent();
          });
        } else {
          site.enter();
          const onEnd = () => {
            site.leave();
            onSent();
          };
          try {
            sendParts(socket, head + dateLine, body, this.#means, onEnd);
          } catch (error) {
            site.leave();
            throw error;
          }
        }
      }
      this.#options.onAnswered(answeredOf(socket, request, response));
    } catch {
      // Nothing is sent yet. Whoever takes over meets the same error, and tells the client.
      return false;
    }
    return true;
  }
}

function end(connection: Connection): void {
  connection.isEnding = true;
  if (!connection.isSending) connection.socket.end();
}

function answeredOf(
  { remoteAddress }: Socket,
  { target, headers }: PlainRequest,
  { status, body }: SiteResponse,
): Answered {
  return {
    client: remoteAddress,
    method: 'GET',
    target,
    httpVersion: '1.1',
    header: (name) => headers.get(name),
    status,
    bytes: bodyLength(body),
  };
}
