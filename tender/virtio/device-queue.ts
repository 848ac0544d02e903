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
import type { Chain } from './device.ts';
import type { MemoryMap } from './memory-map.ts';

/** The guest's rings make no sense: there is no request to answer, so the guest is ended. */
export class VirtqueueError extends Error {
  override readonly name = 'VirtqueueError';
}

/** Most entries of a queue (section 2.7). */
const MAX_SIZE = 32_768;
/** In the flags of the available ring: the driver wants no interrupt. In those of the used ring: no kick. */
const NO_NOTIFICATION = 1;
/** Bytes of an entry of the available ring. */
const AVAILABLE_ENTRY_BYTES = 2;

/**
 * The device's side of a split virtqueue (virtio 1.2, section 2.7). The memory belongs to a guest
 * that may change any byte of it at any time: every field is read once, copied, then checked, and
 * the device's own positions are never read back from the memory.
 */
export class DeviceQueue {
  readonly #map: MemoryMap;
  readonly #size: number;
  readonly #descriptors: DataView;
  readonly #available: DataView;
  readonly #used: DataView;
  /** Native byte order: that of virtio on every machine that Node runs on but s390x. */
  readonly #availableIndex: Uint16Array;
  readonly #usedIndex: Uint16Array;
  readonly #usedFlags: Uint16Array;
  #nextAvailable: number;
  #nextUsed: number;

  /**
   * @param map the memory that is shared with the guest
   * @param layout where the queue lies in it
   * @param position of both rings, where the queue was in use before: a 16-bit count
   * @throws {VirtqueueError} if the layout is not a valid queue, or does not lie inside the memory
   */
  constructor(map: MemoryMap, layout: QueueLayout, position = 0) {
    const { size, descriptors, available, used } = layout;
    if (!(size >= 1 && size <= MAX_SIZE && Number.isInteger(Math.log2(size)))) {
      throw new VirtqueueError(`a queue of ${size} entries`);
    }
    const area = (address: number, length: number): DataView<ArrayBuffer> => {
      const bytes = map(address, length);
      if (bytes === undefined || bytes.byteOffset % 2 !== 0) {
        throw new VirtqueueError(`a queue cannot lie at ${address}`);
      }
      return new DataView(bytes.buffer, bytes.byteOffset, length);
    };
    const word = ({ buffer, byteOffset }: DataView<ArrayBuffer>, at: number) =>
      new Uint16Array(buffer, byteOffset + at, 1);
    this.#map = map;
    this.#size = size;
    this.#descriptors = area(descriptors, size * DESCRIPTOR_BYTES);
    const availableRing = area(available, RING_ENTRIES + size * AVAILABLE_ENTRY_BYTES);
    const usedRing = area(used, RING_ENTRIES + size * USED_ENTRY_BYTES);
    this.#available = availableRing;
    this.#used = usedRing;
    this.#availableIndex = word(availableRing, RING_INDEX);
    this.#usedIndex = word(usedRing, RING_INDEX);
    this.#usedFlags = word(usedRing, 0);
    this.#nextAvailable = position & 0xffff;
    this.#nextUsed = position & 0xffff;
  }

  /** Entries of each ring. */
  get size(): number {
    return this.#size;
  }

  /** What to begin at to go on from here, once all chains taken have been given back. */
  get position(): number {
    return this.#nextAvailable;
  }

  /** Whether there is nothing to take. */
  get isEmpty(): boolean {
    return Atomics.load(this.#availableIndex, 0) === this.#nextAvailable;
  }

  /** Whether the driver wants to be told of what was given back. Read after {@link push}. */
  get wantsCalls(): boolean {
    return (this.#available.getUint16(0, true) & NO_NOTIFICATION) === 0;
  }

  /**
   * Whether the driver need say that it made chains available. When it need again, look once more: what came
   * before is not announced.
   */
  setKicksWanted(wanted: boolean): void {
    Atomics.store(this.#usedFlags, 0, wanted ? 0 : NO_NOTIFICATION);
  }

  /**
   * Takes the next chain that the guest made available, undefined where there is none.
   * @throws {VirtqueueError}
   */
  next(): Chain | undefined {
    const size = this.#size;
    const ahead = (Atomics.load(this.#availableIndex, 0) - this.#nextAvailable) & 0xffff;
    if (ahead === 0) return undefined;
    if (ahead > size) throw new VirtqueueError(`available index ${ahead} entries ahead of ${size}`);
    const slot = this.#nextAvailable & (size - 1);
    const head = this.#available.getUint16(RING_ENTRIES + slot * AVAILABLE_ENTRY_BYTES, true);
    this.#nextAvailable = (this.#nextAvailable + 1) & 0xffff;
    return this.#walk(head);
  }

  /**
   * Gives a chain back.
   * @param written bytes that the device wrote into the chain's writable segments
   */
  push(head: number, written: number): void {
    const at = RING_ENTRIES + (this.#nextUsed & (this.#size - 1)) * USED_ENTRY_BYTES;
    this.#used.setUint32(at, head, true);
    this.#used.setUint32(at + 4, written, true);
    this.#nextUsed = (this.#nextUsed + 1) & 0xffff;
    // The entry must be seen before the index: an atomic store orders them.
    Atomics.store(this.#usedIndex, 0, this.#nextUsed);
  }

  #walk(head: number): Chain {
    const size = this.#size;
    const readable: Uint8Array[] = [];
    const writable: Uint8Array[] = [];
    let index = head;
    for (let count = 0; ; count += 1) {
      if (index >= size) throw new VirtqueueError(`descriptor ${index} of ${size}`);
      if (count === size) throw new VirtqueueError(`descriptor loop from ${head}`);
      const { address, length, flags, next } = decodeDescriptor(
        this.#descriptors,
        index * DESCRIPTOR_BYTES,
      );
      if ((flags & DESCRIPTOR_INDIRECT) !== 0) {
        throw new VirtqueueError(`descriptor ${index} is indirect, which was not offered`);
      }
      const view = this.#map(address, length);
      if (view === undefined) {
        throw new VirtqueueError(`descriptor ${index} lies outside the memory`);
      }
      if ((flags & DESCRIPTOR_WRITE) !== 0) {
        writable.push(view);
      } else if (writable.length === 0) {
        readable.push(view);
      } else {
        throw new VirtqueueError(`readable descriptor ${index} follows a writable one`);
      }
      if ((flags & DESCRIPTOR_NEXT) === 0) return { head, readable, writable };
      index = next;
    }
  }
}
