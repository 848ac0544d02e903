import { EAGAIN, ECONNRESET, EINTR, EPIPE } from '../../../native/constants.ts';
import type { Descriptors } from '../../../native/descriptors.ts';
import { EPOLLIN, EPOLLOUT } from '../../../native/epoll.ts';
import { SyscallError } from '../../../native/libc.ts';
import { type ConnectionEnd, Conversation, type ConversationEvents } from '../conversation.ts';
import type { ExportList } from '../exports.ts';

/** What a {@link SocketConnection} tells beside. */
export type SocketEvents = Pick<ConversationEvents, 'onExport' | 'onFailure'>;

/** Bytes on their way, and who waits for that. */
interface Sending {
  bytes: Buffer;
  readonly done: () => void;
}

/**
 * One client at a socket that does not block. Whoever owns it calls it: when there is something to be read,
 * when there is room again, and once in every turn of its loop.
 */
export class SocketConnection {
  readonly fd: number;
  readonly #descriptors: Descriptors;
  readonly #conversation: Conversation;
  readonly #queue: Sending[] = [];
  #sent: (() => void)[] = [];
  #reads = true;
  #leaving = false;
  #gone = false;
  #reason: string | undefined;

  /** @param fd the connection's to use; the caller closes it */
  constructor(
    descriptors: Descriptors,
    fd: number,
    exports: ExportList,
    { onExport, onFailure }: SocketEvents,
  ) {
    this.fd = fd;
    this.#descriptors = descriptors;
    this.#conversation = new Conversation(exports, 'off', (...sending) => this.#send(...sending), {
      onExport,
      onFailure,
      onFlow: (read) => {
        this.#reads = read;
      },
      // It was never offered.
      onTls() {},
      onLeave: (reason) => this.leave(reason),
    });
  }

  /** A client is waited for as long as it is served, and not long before and after. */
  get phase(): 'choosing' | 'served' | 'leaving' {
    if (this.#leaving) return 'leaving';
    return this.#conversation.transmits ? 'served' : 'choosing';
  }

  /** Whether it is over, and the socket is to be closed. */
  get over(): boolean {
    return this.#gone || (this.#leaving && this.#queue.length === 0);
  }

  /** What to wait for at the socket. */
  get interest(): number {
    const reads = this.#reads && !this.#leaving ? EPOLLIN : 0;
    return this.#queue.length > 0 ? reads | EPOLLOUT : reads;
  }

  get end(): ConnectionEnd {
    return { ...this.#conversation.served, reason: this.#reason };
  }

  /** Bytes of data that it asked for so far. */
  get bytes(): number {
    return this.#conversation.bytes;
  }

  /** What was sent may still arrive. */
  leave(reason?: string): void {
    this.#reason ??= reason;
    this.#leaving = true;
  }

  /** The client is not waited for any more. */
  drop(reason?: string): void {
    this.#reason ??= reason;
    this.#gone = true;
  }

  /** There is something to be read. @param buffer for this call alone */
  receive(buffer: Buffer): void {
    if (this.#leaving || this.#gone) return;
    const count = this.#descriptors.read(this.fd, buffer);
    if (count > 0) this.#conversation.receive(buffer.subarray(0, count));
    // A client that ends its half has nothing more to ask.
    else if (count === 0) this.leave();
    else this.#hearFailure('read', -count);
  }

  /** There is room for what waits. */
  flush(): void {
    while (!this.#gone) {
      const first = this.#queue[0];
      if (first === undefined) return;
      const left = this.#write(first.bytes);
      if (left !== undefined) {
        first.bytes = left;
        return;
      }
      this.#queue.shift();
      this.#sent.push(first.done);
    }
  }

  /** What is left of them; undefined where nothing is. */
  #write(bytes: Buffer): Buffer | undefined {
    const count = this.#descriptors.write(this.fd, bytes);
    if (count === bytes.length) return undefined;
    if (count >= 0) return bytes.subarray(count);
    this.#hearFailure('write', -count);
    return bytes;
  }

  /**
   * Goes on with answers, if there are more: what was sent makes room for as much, so that a client with
   * endless requests has one turn among others.
   * @returns whether there may be more
   */
  takeTurn(): boolean {
    const sent = this.#sent;
    if (sent.length === 0) return false;
    this.#sent = [];
    for (const done of sent) done();
    return this.#sent.length > 0;
  }

  /** The socket is closed. */
  close(): void {
    this.#gone = true;
    this.#conversation.close();
  }

  #send(bytes: Buffer, done: () => void): void {
    if (this.#gone) return;
    const left = this.#queue.length === 0 ? this.#write(bytes) : bytes;
    if (left === undefined) this.#sent.push(done);
    else this.#queue.push({ bytes: left, done });
  }

  #hearFailure(call: string, errno: number): void {
    if (errno === EAGAIN || errno === EINTR) return;
    // A client that leaves without a word is no failure.
    const left = errno === EPIPE || errno === ECONNRESET;
    this.drop(left ? undefined : new SyscallError(call, errno).message);
  }
}
