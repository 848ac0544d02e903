import type { Duplex } from 'node:stream';

/** Reads a stream by exact lengths; what nobody waits for stays in the stream, which is paused. */
export class StreamReader {
  readonly #stream: Duplex;
  #rest: Buffer = Buffer.alloc(0);
  #into: Uint8Array | undefined;
  #filled = 0;
  #done: () => void = () => {};
  #fail: (error: Error) => void = () => {};
  #error: Error | undefined;
  readonly #onData = (chunk: Buffer) => this.#take(chunk);

  /** @param onBytes told whenever something has arrived */
  constructor(stream: Duplex, onBytes: () => void = () => {}) {
    this.#stream = stream;
    stream.on('data', this.#onData);
    stream.on('data', onBytes);
    stream.pause();
  }

  /** Fills `into`. One call at a time. @throws (rejects) what {@link fail} was given */
  readInto(into: Uint8Array): Promise<void> {
    return new Promise((done, fail) => {
      this.#into = into;
      this.#filled = 0;
      this.#done = done;
      this.#fail = fail;
      const rest = this.#rest;
      this.#rest = Buffer.alloc(0);
      // What came before an error is read, and then that.
      this.#take(rest);
      if (this.#into === undefined) return;
      if (this.#error !== undefined) fail(this.#error);
      else this.#stream.resume();
    });
  }

  /** @param length bounded by the caller */
  async read(length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    await this.readInto(bytes);
    return bytes;
  }

  /** Whoever reads, now or later, fails with this. */
  fail(error: Error): void {
    this.#error ??= error;
    this.#into = undefined;
    this.#fail(this.#error);
  }

  /** Gives the stream back. @returns whether all that has arrived was read */
  release(): boolean {
    this.#stream.off('data', this.#onData);
    return this.#rest.length === 0;
  }

  #take(chunk: Buffer): void {
    const into = this.#into;
    if (into === undefined) {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      this.#stream.pause();
      return;
    }
    const part = chunk.subarray(0, into.length - this.#filled);
    into.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled < into.length) return;
    this.#rest = chunk.subarray(part.length);
    this.#into = undefined;
    this.#done();
  }
}
