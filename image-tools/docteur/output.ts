import { toOneLine } from '#format';
import { writeFully } from '../../guest/host/write-fully.ts';
import { describeSystemError, isSystemError, ToolError } from '../base/errors.ts';

const BUFFER_SIZE = 0x10000;

/** What is said of a write to stdout that failed. */
export function stdoutError(error: unknown): ToolError {
  return new ToolError('IO', `stdout: cannot write: ${describeSystemError(error)}`, error);
}

/**
 * Gathers what goes to a descriptor, stdout if absent, and writes it at once: whoever reads slowly is
 * waited for, so that memory does not grow. `flush` when done.
 * @throws the system's errors, EPIPE among them; ToolError IO where it is stdout and somebody reads it
 */
export class Output {
  readonly isTerminal: boolean;
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_SIZE);
  #length = 0;

  constructor(fd = 1) {
    this.#fd = fd;
    this.isTerminal = fd === 1 && process.stdout.isTTY === true;
  }

  /** Writes bytes, or a text as UTF-8; the bytes are borrowed for the call. */
  write(data: Uint8Array | string): void {
    const size = typeof data === 'string' ? 3 * data.length : data.length;
    if (size > BUFFER_SIZE - this.#length) this.flush();
    if (size > BUFFER_SIZE) {
      this.#send(typeof data === 'string' ? Buffer.from(data) : data);
    } else if (typeof data === 'string') {
      this.#length += this.#buffer.write(data, this.#length);
    } else {
      this.#buffer.set(data, this.#length);
      this.#length += data.length;
    }
  }

  /** Writes a name of an image: as it is, or on a terminal, which it could command, harmless. */
  writeName(name: Uint8Array): void {
    this.write(this.isTerminal ? toOneLine(Buffer.from(name).toString()) : name);
  }

  flush(): void {
    const length = this.#length;
    this.#length = 0;
    if (length > 0) this.#send(this.#buffer.subarray(0, length));
  }

  #send(bytes: Uint8Array): void {
    try {
      writeFully(this.#fd, bytes);
    } catch (error) {
      if (this.#fd !== 1 || isSystemError(error, 'EPIPE')) throw error;
      throw stdoutError(error);
    }
  }
}
