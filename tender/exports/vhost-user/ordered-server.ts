import type { AwaitedCall, AwaitedLines } from '../../fetcher/awaited-lines.ts';
import type { Chain, Written } from '../../virtio/device.ts';
import { type DeviceQueue, VirtqueueError } from '../../virtio/device-queue.ts';
import type { BackEndDevice } from './back-end-device.ts';

/** Most chains of a queue that wait for their bytes. */
const MAX_WAITING = 32;

/** A chain that was taken, and not given back. */
interface Waiting {
  readonly chain: Chain;
  readonly call: AwaitedCall;
  /** Set once the device has carried it out: those before it come first. */
  written: Written | undefined;
}

/**
 * Serves one queue of a device whose bytes may come later. Chains are given back in the order in which they were
 * taken, so that whoever takes over goes on from the used ring; a device writes into a chain's memory only while it
 * is called, so that the memory can be taken away at any time.
 */
export class OrderedServer {
  readonly #queue: DeviceQueue;
  readonly #serve: (chain: Chain) => Written;
  readonly #awaited: AwaitedLines | undefined;
  readonly #waiting: Waiting[] = [];
  #given = 0;

  constructor(
    queue: DeviceQueue,
    serve: (chain: Chain) => ReturnType<BackEndDevice['serve']>,
    awaited: AwaitedLines | undefined,
  ) {
    this.#queue = queue;
    this.#awaited = awaited;
    this.#serve = (chain) => {
      const written = serve(chain);
      if (written instanceof Promise) throw new Error('a device of a machine answers at once');
      return written;
    };
  }

  /** Bytes that the machine was given so far. */
  get bytes(): number {
    return this.#given;
  }

  /** Whether nothing more is taken until something was given back. */
  get isFull(): boolean {
    const { length } = this.#waiting;
    return length >= MAX_WAITING || (length > 0 && this.#awaited?.isFull === true);
  }

  /** Where to go on: at the first chain that was not given back. */
  get position(): number {
    return (this.#queue.position - this.#waiting.length) & 0xffff;
  }

  /**
   * Gives back what can be answered by now, and takes what the machine made available.
   * @param limit most chains to take now
   * @returns how many were taken, and how many given back
   * @throws {VirtqueueError} where the machine broke its rings
   */
  takeTurn(limit: number): { readonly taken: number; readonly given: number } {
    let given = this.#waiting.length === 0 ? 0 : this.#goOn();
    let taken = 0;
    for (; taken < limit && !this.isFull; taken += 1) {
      const chain = this.#queue.next();
      if (chain === undefined) break;
      if (this.#awaited === undefined) {
        this.#giveBack(chain, this.#serve(chain));
        given += 1;
      } else given += this.#begin(this.#awaited, chain);
    }
    return { taken, given };
  }

  /** Forgets what was not given back. */
  close(): void {
    for (const { call } of this.#waiting) this.#awaited?.end(call);
    this.#waiting.length = 0;
  }

  #giveBack({ head }: Chain, { front, back }: Written): void {
    this.#given += front;
    this.#queue.push(head, front + back);
  }

  /** Gives how many were given back: one, or none. */
  #begin(awaited: AwaitedLines, chain: Chain): number {
    const { head } = chain;
    if (this.#waiting.some((other) => other.chain.head === head)) {
      throw new VirtqueueError(`descriptor ${head} begins a chain that is in flight`);
    }
    const call = awaited.begin();
    const waiting: Waiting = { chain, call, written: undefined };
    this.#waiting.push(waiting);
    this.#attempt(awaited, waiting);
    return this.#giveBackDone();
  }

  #attempt(awaited: AwaitedLines, waiting: Waiting): void {
    const { call, chain } = waiting;
    waiting.written = awaited.attempt(call, () => this.#serve(chain));
    // What it has read is in the machine's memory: the bytes may go.
    if (waiting.written !== undefined) awaited.end(call);
  }

  #goOn(): number {
    const awaited = this.#awaited;
    if (awaited === undefined) return 0;
    for (const waiting of this.#waiting) {
      if (waiting.written === undefined && waiting.call.isReady) this.#attempt(awaited, waiting);
    }
    return this.#giveBackDone();
  }

  #giveBackDone(): number {
    let given = 0;
    for (let first = this.#waiting[0]; first?.written !== undefined; first = this.#waiting[0]) {
      this.#giveBack(first.chain, first.written);
      this.#waiting.shift();
      given += 1;
    }
    return given;
  }
}
