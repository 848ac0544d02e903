import {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_NEXT,
  DESCRIPTOR_WRITE,
  encodeDescriptor,
  type QueueLayout,
  RING_ENTRIES,
  RING_INDEX,
  USED_ENTRY_BYTES,
} from '#abi';

/** One buffer of a request; the address is an offset in the memory shared with the device. */
export interface QueueBuffer {
  readonly address: number;
  /** Bytes. */
  readonly length: number;
  /** The device writes it. These come after all that it reads. */
  readonly deviceWrites: boolean;
}

/**
 * The driver's side of a split virtqueue (virtio 1.2, sections 2.7.13 and 2.7.14). Free descriptors
 * are kept here and not in the shared table, which the device may only read.
 */
export class VirtqueueDriver {
  readonly #memory: DataView;
  readonly #layout: QueueLayout;
  readonly #availableIndex: Uint16Array;
  readonly #usedIndex: Uint16Array;
  readonly #free: number[] = [];
  /** The descriptors of each chain in flight, under the one that begins it. */
  readonly #chains: (number[] | undefined)[] = [];
  #nextAvailable: number;
  #nextUsed: number;

  /** @param position of both rings, where the queue was in use before */
  constructor(memory: ArrayBuffer, layout: QueueLayout, position = 0) {
    this.#nextAvailable = position;
    this.#nextUsed = position;
    this.#memory = new DataView(memory);
    this.#layout = layout;
    this.#availableIndex = new Uint16Array(memory, layout.available + RING_INDEX, 1);
    this.#usedIndex = new Uint16Array(memory, layout.used + RING_INDEX, 1);
    for (let index = layout.size - 1; index >= 0; index -= 1) this.#free.push(index);
  }

  /** Descriptors that no request holds. */
  get free(): number {
    return this.#free.length;
  }

  /** What the used index was when the driver last took a chain back. */
  get seen(): number {
    return this.#nextUsed;
  }

  /**
   * Puts a request into the rings; the device sees it after {@link publish}.
   * @param buffers at most {@link free}, at least one
   * @returns the number that {@link take} gives back when the device is done
   */
  add(buffers: readonly QueueBuffer[]): number {
    if (buffers.length === 0 || buffers.length > this.#free.length) {
      throw new RangeError(`${buffers.length} buffers, ${this.#free.length} free descriptors`);
    }
    const chain = this.#free.splice(-buffers.length);
    const head = chain[0] as number;
    buffers.forEach(({ address, length, deviceWrites }, position) => {
      const next = chain[position + 1];
      const flags =
        (next === undefined ? 0 : DESCRIPTOR_NEXT) | (deviceWrites ? DESCRIPTOR_WRITE : 0);
      const at = this.#layout.descriptors + (chain[position] as number) * DESCRIPTOR_BYTES;
      encodeDescriptor(this.#memory, at, { address, length, flags, next: next ?? 0 });
    });
    this.#chains[head] = chain;
    const slot = this.#nextAvailable & (this.#layout.size - 1);
    this.#memory.setUint16(this.#layout.available + RING_ENTRIES + slot * 2, head, true);
    this.#nextAvailable = (this.#nextAvailable + 1) & 0xffff;
    return head;
  }

  /** Shows the device every request added so far. */
  publish(): void {
    Atomics.store(this.#availableIndex, 0, this.#nextAvailable);
  }

  /** Takes back one request that the device has finished; undefined if there is none. */
  take(): number | undefined {
    if (Atomics.load(this.#usedIndex, 0) === this.#nextUsed) return undefined;
    const slot = this.#nextUsed & (this.#layout.size - 1);
    const at = this.#layout.used + RING_ENTRIES + slot * USED_ENTRY_BYTES;
    const head = this.#memory.getUint32(at, true);
    const chain = this.#chains[head];
    if (chain === undefined) throw new Error(`the device gave back request ${head}, never made`);
    this.#chains[head] = undefined;
    this.#free.push(...chain);
    this.#nextUsed = (this.#nextUsed + 1) & 0xffff;
    return head;
  }
}
