import { Buffer } from 'node:buffer';

/** Bytes of each: all of most answers. */
const BUFFER_BYTES = 1 << 16;
/** Those that are kept while nobody uses them. */
const MAX_FREE = 16;
/** Clients that may be behind with reading at once: 64 MiB, or four times as much where Node's server sends. */
const MAX_USED = 1024;

/** A client's socket, or the answer that is on its way to it: one client may get several in a row. */
interface Disconnectable {
  destroy(): unknown;
}

/** Memory that answers are read into and sent from, used again once the kernel has taken what was in it. */
export class SendBuffers {
  readonly #free: Buffer[] = [];
  readonly #users = new Set<Disconnectable>();
  readonly #maxUsed: number;

  constructor(maxUsed = MAX_USED) {
    this.#maxUsed = maxUsed;
  }

  /** Memory for an answer. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  /**
   * A client has not taken all of an answer that is in memory. Where too many clients are behind, the one that has
   * been longest is disconnected. Most clients never are: the set is left alone for them, since each change makes V8
   * write it anew in time.
   */
  hold(client: Disconnectable): void {
    if (this.#users.has(client)) return;
    if (this.#users.size >= this.#maxUsed) {
      for (const slowest of this.#users) {
        this.#users.delete(slowest);
        slowest.destroy();
        break;
      }
    }
    this.#users.add(client);
  }

  /** The client has read it, or is gone. */
  release(client: Disconnectable): void {
    this.#users.delete(client);
  }

  /** Gives a buffer back that nothing is sent from any more. */
  give(buffer: Buffer): void {
    if (this.#free.length < MAX_FREE) this.#free.push(buffer);
  }
}
