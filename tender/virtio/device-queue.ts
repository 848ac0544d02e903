import {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_INDIRECT,
  DESCRIPTOR_NEXT,
  DESCRIPTOR_WRITE,
  decodeDescriptor,
  type QueueLayout,
  RING_ENTRIES,
  RING_INDEX,
  USED_ENTRY_BYTES,
} from '#abi';

/** The guest's rings make no sense: there is no request to answer, so the guest is ended. */
export class VirtqueueError extends Error {
  override readonly name = 'VirtqueueError';
}

/** A stretch of the shared memory, checked to lie inside it. Bytes. */
export interface Segment {
  readonly address: number;
  readonly length: number;
}

/** One chain of descriptors, copied out of the shared memory and checked. */
export interface Chain {
  /** The descriptor that begins it, and names it in the used ring. */
  readonly head: number;
  /** What the device reads; in order. */
  readonly readable: readonly Segment[];
  /** What the device writes; in order, behind all readable ones (section 2.7.4.2). */
  readonly writable: readonly Segment[];
}

/**
 * The device's side of a split virtqueue (virtio 1.2, section 2.7). The memory belongs to a guest
 * that may change any byte of it at any time: every field is read once, copied, then checked, and
 * the device's own positions are never read back from the memory.
 */
export class DeviceQueue {
  readonly #memory: DataView;
  readonly #layout: QueueLayout;
  /** Native byte order: that of virtio on every machine that Node runs on but s390x. */
  readonly #availableIndex: Uint16Array;
  readonly #usedIndex: Uint16Array;
  #nextAvailable = 0;
  #nextUsed = 0;

  /**
   * @param memory the memory that is shared with the guest
   * @param layout where the tender laid the queue, inside `memory`
   */
  constructor(memory: ArrayBuffer, layout: QueueLayout) {
    this.#memory = new DataView(memory);
    this.#layout = layout;
    this.#availableIndex = new Uint16Array(memory, layout.available + RING_INDEX, 1);
    this.#usedIndex = new Uint16Array(memory, layout.used + RING_INDEX, 1);
  }

  /**
   * Takes the next chain that the guest made available, undefined where there is none.
   * @throws {VirtqueueError}
   */
  next(): Chain | undefined {
    const { size, available } = this.#layout;
    const ahead = (Atomics.load(this.#availableIndex, 0) - this.#nextAvailable) & 0xffff;
    if (ahead === 0) return undefined;
    if (ahead > size) throw new VirtqueueError(`available index ${ahead} entries ahead of ${size}`);
    const slot = this.#nextAvailable & (size - 1);
    const head = this.#memory.getUint16(available + RING_ENTRIES + slot * 2, true);
    this.#nextAvailable = (this.#nextAvailable + 1) & 0xffff;
    return this.#walk(head);
  }

  /**
   * Gives a chain back.
   * @param written bytes that the device wrote into the chain's writable segments
   */
  push(head: number, written: number): void {
    const { size, used } = this.#layout;
    const at = used + RING_ENTRIES + (this.#nextUsed & (size - 1)) * USED_ENTRY_BYTES;
    this.#memory.setUint32(at, head, true);
    this.#memory.setUint32(at + 4, written, true);
    this.#nextUsed = (this.#nextUsed + 1) & 0xffff;
    // The entry must be seen before the index: an atomic store orders them.
    Atomics.store(this.#usedIndex, 0, this.#nextUsed);
  }

  #walk(head: number): Chain {
    const { size, descriptors } = this.#layout;
    const readable: Segment[] = [];
    const writable: Segment[] = [];
    let index = head;
    for (let count = 0; ; count += 1) {
      if (index >= size) throw new VirtqueueError(`descriptor ${index} of ${size}`);
      if (count === size) throw new VirtqueueError(`descriptor loop from ${head}`);
      const { address, length, flags, next } = decodeDescriptor(
        this.#memory,
        descriptors + index * DESCRIPTOR_BYTES,
      );
      if ((flags & DESCRIPTOR_INDIRECT) !== 0) {
        throw new VirtqueueError(`descriptor ${index} is indirect, which was not offered`);
      }
      if (address + length > this.#memory.byteLength) {
        throw new VirtqueueError(`descriptor ${index} lies outside the memory`);
      }
      if ((flags & DESCRIPTOR_WRITE) !== 0) {
        writable.push({ address, length });
      } else if (writable.length === 0) {
        readable.push({ address, length });
      } else {
        throw new VirtqueueError(`descriptor ${index} is readable behind a writable one`);
      }
      if ((flags & DESCRIPTOR_NEXT) === 0) return { head, readable, writable };
      index = next;
    }
  }
}
