import type { Libc } from '../../native/libc.ts';
import { MessageReceiver } from '../../native/message-socket.ts';
import { VhostError } from './session.ts';
import {
  decodeHeader,
  HEADER_BYTES,
  MAX_DESCRIPTORS,
  MAX_PAYLOAD,
  type MessageHeader,
} from './wire/message.ts';

/** A message with what came with it; descriptors are the taker's to close. */
export interface VhostMessage {
  readonly header: MessageHeader;
  readonly payload: Buffer;
  readonly fds: readonly number[];
}

/** Reads messages off a front end's socket, whatever pieces they come in. */
export class MessageReader {
  readonly #libc: Libc;
  readonly #socket: number;
  readonly #receiver: MessageReceiver;
  readonly #memory = new ArrayBuffer(HEADER_BYTES + MAX_PAYLOAD);
  readonly #bytes = Buffer.from(this.#memory);
  #filled = 0;
  #header: MessageHeader | undefined;
  #fds: number[] = [];

  constructor(libc: Libc, socket: number) {
    this.#libc = libc;
    this.#socket = socket;
    this.#receiver = new MessageReceiver(libc, MAX_DESCRIPTORS);
  }

  /**
   * The next message; undefined where it is not there yet, null where the other side has closed. Never more
   * than one message is read: descriptors belong to the message whose bytes they come with.
   * @throws {VhostError}
   */
  next(): VhostMessage | undefined | null {
    for (;;) {
      const end = HEADER_BYTES + (this.#header?.size ?? 0);
      if (this.#filled === end && this.#header !== undefined) return this.#take(this.#header);
      const got = this.#receiver.receive(
        this.#socket,
        this.#memory,
        this.#filled,
        end - this.#filled,
      );
      if (got === undefined) return undefined;
      this.#fds.push(...got.fds);
      if (got.lost || this.#fds.length > MAX_DESCRIPTORS) {
        throw new VhostError(`more than ${MAX_DESCRIPTORS} descriptors with one message`);
      }
      if (got.count === 0) return null;
      this.#filled += got.count;
      if (this.#filled === HEADER_BYTES && this.#header === undefined) {
        const header = decodeHeader(this.#bytes);
        if (header === undefined) throw new VhostError('not a message of vhost-user');
        if (header.size > MAX_PAYLOAD) {
          throw new VhostError(`request ${header.request} with ${header.size} bytes`);
        }
        this.#header = header;
      }
    }
  }

  #take(header: MessageHeader): VhostMessage {
    const payload = Buffer.from(this.#bytes.subarray(HEADER_BYTES, this.#filled));
    const fds = this.#fds;
    this.#filled = 0;
    this.#header = undefined;
    this.#fds = [];
    return { header, payload, fds };
  }

  /** Descriptors of a message that never became whole are closed. */
  close(): void {
    for (const fd of this.#fds) this.#libc.raw('close', fd);
    this.#fds = [];
  }
}
