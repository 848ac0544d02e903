import { EAGAIN, EINTR, ENODEV, ENOENT } from '../../tender/native/constants.ts';
import { type Libc, SyscallError } from '../../tender/native/libc.ts';
import { Poller } from '../../tender/native/poll.ts';

/** The longest request is that of many forgotten nodes; the kernel cuts it to fit. */
const REQUEST_BYTES = 64 * 1024;
/** A header, and the pages of one READ. */
const REPLY_BYTES = 16 + 2 ** 20;
/** As many requests are answered in a row before the other descriptors are looked at. */
const TURN = 64;

/** Answers a request: see `FuseServer.handle`. */
type Handle = (request: Uint8Array, reply: Uint8Array) => number;

/** Answers what the kernel asks on an open /dev/fuse, one request after the other, on this thread. */
export class ServeLoop {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #handle: Handle;
  readonly #request = new Uint8Array(new ArrayBuffer(REQUEST_BYTES));
  readonly #reply = new Uint8Array(new ArrayBuffer(REPLY_BYTES));
  readonly #poller: Poller;

  /**
   * @param fd which does not block
   * @param most other descriptors that {@link serve} is given
   */
  constructor(libc: Libc, fd: number, most: number, handle: Handle) {
    this.#libc = libc;
    this.#fd = fd;
    this.#handle = handle;
    this.#poller = new Poller(libc, 1 + most);
  }

  /**
   * Serves until one of `others` can be read: gives those, or undefined once the file system is unmounted. This
   * thread sleeps in poll(2) meanwhile.
   * @throws {SyscallError}
   */
  serve(others: readonly number[]): number[] | undefined {
    const libc = this.#libc;
    const fd = this.#fd;
    const all = [fd, ...others];
    const request = this.#request;
    const address = libc.address(request.buffer as ArrayBuffer);
    let turn = 0;
    for (;;) {
      turn += 1;
      if (turn > TURN) {
        const ready = this.#poller.poll(others, false);
        if (ready.length > 0) return ready;
        turn = 1;
      }
      const length = libc.raw('read', fd, address, REQUEST_BYTES);
      if (length >= 0) {
        if (!this.#answer(request.subarray(0, length))) return undefined;
      } else if (length === -EAGAIN) {
        const ready = this.#poller.poll(all, true);
        if (ready.some((one) => one !== fd)) return ready.filter((one) => one !== fd);
      } else if (length === -ENODEV) return undefined;
      // The request is void: the process that waited for it was ended.
      else if (length !== -EINTR && length !== -ENOENT) throw new SyscallError('read', -length);
    }
  }

  /** False once the file system is unmounted. */
  #answer(request: Uint8Array): boolean {
    const reply = this.#reply;
    const length = this.#handle(request, reply);
    if (length === 0) return true;
    const libc = this.#libc;
    const address = libc.address(reply.buffer as ArrayBuffer);
    const written = libc.raw('write', this.#fd, address, length);
    if (written === -ENODEV) return false;
    // Nobody waits for this answer any more.
    if (written < 0 && written !== -ENOENT && written !== -EINTR) {
      throw new SyscallError('write', -written);
    }
    return true;
  }
}
