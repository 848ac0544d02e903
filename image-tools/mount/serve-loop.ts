import { interruptedRequest, interruption, isRequest } from '../../guest/host/fuse/index.ts';
import type { AwaitedCall, AwaitedLines } from '../../tender/fetcher/awaited-lines.ts';
import { EAGAIN, EINTR, ENODEV, ENOENT } from '../../tender/native/constants.ts';
import { type Libc, SyscallError } from '../../tender/native/libc.ts';
import { Poller } from '../../tender/native/poll.ts';

/** The longest request is that of many forgotten nodes; the kernel cuts it to fit. */
const REQUEST_BYTES = 64 * 1024;
/** A header, and the pages of one READ. */
const REPLY_BYTES = 16 + 2 ** 20;
/** As many requests are answered in a row before the other descriptors are looked at. */
const TURN = 64;
/** Most requests that wait for bytes; the others stay in the kernel. */
const MAX_WAITING = 256;

/** Answers a request: see `FuseServer.handle`. */
type Handle = (request: Uint8Array, reply: Uint8Array) => number;

/** A request whose bytes are being fetched. */
interface Waiting {
  readonly request: Uint8Array;
  readonly call: AwaitedCall;
}

/** What a {@link ServeLoop} serves. */
export interface ServeLoopOptions {
  /** /dev/fuse, which does not block. */
  readonly fd: number;
  /** Other descriptors that {@link ServeLoop.serve} is given, at most. */
  readonly most: number;
  readonly handle: Handle;
  /** What `handle` reads, where that comes later. */
  readonly awaited?: AwaitedLines | undefined;
}

/**
 * Answers what the kernel asks on an open /dev/fuse, one request after the other, on this thread. Requests whose bytes
 * come later wait for them, and others are answered meanwhile.
 */
export class ServeLoop {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #handle: Handle;
  readonly #awaited: AwaitedLines | undefined;
  #waiting: Waiting[] = [];
  readonly #request = new Uint8Array(new ArrayBuffer(REQUEST_BYTES));
  readonly #reply = new Uint8Array(new ArrayBuffer(REPLY_BYTES));
  readonly #poller: Poller;

  constructor(libc: Libc, { fd, most, handle, awaited }: ServeLoopOptions) {
    this.#libc = libc;
    this.#fd = fd;
    this.#handle = handle;
    this.#awaited = awaited;
    this.#poller = new Poller(libc, 2 + most);
  }

  /**
   * Serves until one of `others` can be read: gives those, or undefined once the file system is unmounted. This
   * thread sleeps in poll(2) meanwhile.
   * @throws {SyscallError}
   * @throws {HostError} where nobody fetches any more what is awaited
   */
  serve(others: readonly number[]): number[] | undefined {
    const libc = this.#libc;
    const fd = this.#fd;
    const beside = this.#awaited === undefined ? others : [...others, this.#awaited.fd];
    const all = [fd, ...beside];
    const request = this.#request;
    const address = libc.address(request.buffer as ArrayBuffer);
    let turn = 0;
    for (;;) {
      turn += 1;
      if (turn > TURN || this.#isFull) {
        const ready = this.#poller.poll(beside, this.#isFull);
        if (!this.#hear(ready)) return undefined;
        const theirs = ready.filter((one) => others.includes(one));
        if (theirs.length > 0) return theirs;
        turn = 1;
        if (this.#isFull) continue;
      }
      const length = libc.raw('read', fd, address, REQUEST_BYTES);
      if (length >= 0) {
        if (!this.#take(request.subarray(0, length))) return undefined;
      } else if (length === -EAGAIN) {
        const ready = this.#poller.poll(all, true);
        if (!this.#hear(ready)) return undefined;
        const theirs = ready.filter((one) => others.includes(one));
        if (theirs.length > 0) return theirs;
      } else if (length === -ENODEV) return undefined;
      // The request is void: the process that waited for it was ended.
      else if (length !== -EINTR && length !== -ENOENT) throw new SyscallError('read', -length);
    }
  }

  get #isFull(): boolean {
    const { length } = this.#waiting;
    return length >= MAX_WAITING || (length > 0 && this.#awaited?.isFull === true);
  }

  /** Goes on with requests whose bytes have come. False once the file system is unmounted. */
  #hear(ready: readonly number[]): boolean {
    const awaited = this.#awaited;
    if (awaited === undefined || !ready.includes(awaited.fd)) return true;
    awaited.hear();
    const waiting = this.#waiting;
    this.#waiting = [];
    let isMounted = true;
    for (const one of waiting) {
      if (one.call.isReady) isMounted = this.#attempt(awaited, one) && isMounted;
      else this.#waiting.push(one);
    }
    return isMounted;
  }

  /** False once the file system is unmounted. */
  #take(request: Uint8Array): boolean {
    const awaited = this.#awaited;
    if (awaited === undefined) return this.#answer(this.#handle(request, this.#reply));
    const interrupted = interruptedRequest(request);
    if (interrupted !== undefined) return this.#interrupt(awaited, interrupted);
    // A copy: the next request comes to the same place.
    return this.#attempt(awaited, { request: request.slice(), call: awaited.begin() });
  }

  #attempt(awaited: AwaitedLines, waiting: Waiting): boolean {
    const { request, call } = waiting;
    const length = awaited.attempt(call, () => this.#handle(request, this.#reply));
    if (length === undefined) {
      this.#waiting.push(waiting);
      return true;
    }
    awaited.end(call);
    return this.#answer(length);
  }

  /** Whoever waits for this request wants to end: it does not wait for a network. */
  #interrupt(awaited: AwaitedLines, unique: Uint8Array): boolean {
    const index = this.#waiting.findIndex(({ request }) => isRequest(request, unique));
    const [found] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (found === undefined) return true;
    awaited.end(found.call);
    return this.#answer(interruption(found.request, this.#reply));
  }

  /** Sends the reply. False once the file system is unmounted. */
  #answer(length: number): boolean {
    if (length === 0) return true;
    const libc = this.#libc;
    const address = libc.address(this.#reply.buffer as ArrayBuffer);
    const written = libc.raw('write', this.#fd, address, length);
    if (written === -ENODEV) return false;
    // Nobody waits for this answer any more.
    if (written < 0 && written !== -ENOENT && written !== -EINTR) {
      throw new SyscallError('write', -written);
    }
    return true;
  }
}
