import { BUFFER_BYTES, giveBuffer, takeBuffer } from './buffer-pool.ts';
import { MAX_BUFFERS } from './limits.ts';

/** Where answers go: `done` once the bytes are not needed any more. */
export type Send = (bytes: Buffer, done: () => void) => void;

/**
 * Collects answers in few buffers, so that many small ones are one system call. No more than
 * {@link MAX_BUFFERS} are on their way at once: whoever reads slowly waits for answers, not the server's memory.
 */
export class ReplyWriter {
  readonly #send: Send;
  readonly #onRoom: () => void;
  #buffer: Buffer | undefined;
  #used = 0;
  #sending = 0;

  /** @param onRoom called when there is room again */
  constructor(send: Send, onRoom: () => void) {
    this.#send = send;
    this.#onRoom = onRoom;
  }

  /** Whether everything was handed over to the system. */
  get idle(): boolean {
    return this.#sending === 0 && this.#used === 0;
  }

  /** Whether nothing more can be taken before something has been sent. */
  get full(): boolean {
    return this.#buffer === undefined && this.#sending >= MAX_BUFFERS;
  }

  /**
   * Space for `length` bytes at most, {@link BUFFER_BYTES} at most; `commit` says how much of it is used.
   * Undefined where too much is on its way.
   */
  reserve(length: number): Buffer | undefined {
    return this.reserveBuffer(length)?.subarray(this.#used, this.#used + length);
  }

  /** The same, as the whole buffer: the space begins at `used`. A view costs a tenth of a microsecond. */
  reserveBuffer(length: number): Buffer | undefined {
    if (this.#buffer !== undefined && this.#used + length > BUFFER_BYTES) this.flush();
    if (this.#buffer === undefined) {
      if (this.#sending >= MAX_BUFFERS) return undefined;
      this.#buffer = takeBuffer();
    }
    return this.#buffer;
  }

  /** Bytes that were committed, and not sent yet. */
  get used(): number {
    return this.#used;
  }

  commit(length: number): void {
    this.#used += length;
  }

  /** The space that was reserved last becomes the caller's; what was committed before it is sent. */
  take(length: number): Buffer {
    const buffer = this.#buffer as Buffer;
    const used = this.#used;
    this.#buffer = undefined;
    this.#used = 0;
    if (used > 0) this.#sendBytes(buffer.subarray(0, used), () => {});
    return buffer.subarray(used, used + length);
  }

  /** Sends bytes of the caller's own, behind what was committed. */
  append(bytes: Buffer, done: () => void): void {
    this.flush();
    this.#sendBytes(bytes, done);
  }

  /** Sends what was committed. */
  flush(): void {
    const buffer = this.#buffer;
    if (buffer === undefined || this.#used === 0) return;
    const bytes = buffer.subarray(0, this.#used);
    this.#buffer = undefined;
    this.#used = 0;
    this.#sendBytes(bytes, () => giveBuffer(buffer));
  }

  #sendBytes(bytes: Buffer, done: () => void): void {
    this.#sending += 1;
    this.#send(bytes, () => {
      this.#sending -= 1;
      done();
      this.#onRoom();
    });
  }

  /** Nothing is sent any more. */
  close(): void {
    if (this.#buffer !== undefined) giveBuffer(this.#buffer);
    this.#buffer = undefined;
    this.#used = 0;
  }
}
