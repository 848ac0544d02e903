import { writeSync } from 'node:fs';
import type { ByteSink } from './byte-sink.ts';

const BUFFER_SIZE = 0x40000;

/**
 * A sink that appends to an open file, or to a part of it that begins at `position`. Small writes
 * are gathered; `flush` when done. The descriptor stays the caller's.
 */
export class FileSink implements ByteSink {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #buffered = 0;
  #position: number;

  constructor(fd: number, position = 0) {
    this.#fd = fd;
    this.#position = position;
  }

  /** File offset of the next byte. */
  get position(): number {
    return this.#position + this.#buffered;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > BUFFER_SIZE - this.#buffered) this.flush();
    if (bytes.length >= BUFFER_SIZE) {
      this.#writeAll(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #writeAll(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#position + done);
    }
    this.#position += bytes.length;
  }
}
