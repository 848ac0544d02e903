import {
  BLOCK_HEADER_BYTES,
  type BlockConfig,
  BlockFeature,
  BlockRequestType,
  BlockStatus,
  decodeBlockConfig,
  encodeBlockHeader,
  MAX_TRANSFER,
  type MachineDevice,
  VIRTIO_SECTOR,
} from '#abi';
import { type QueueBuffer, VirtqueueDriver } from './virtqueue-driver.ts';

/** Requests that the driver keeps in flight: each takes three descriptors of the queue. */
const SLOTS = 32;
/** Header and status of a request, rounded up to keep headers aligned. */
const SLOT_BYTES = 32;

/** Bytes of shared memory that a driver needs for itself. */
export const DRIVER_BYTES = SLOTS * SLOT_BYTES;

/** One request; `address` and `length` name its data in the shared memory, in bytes. */
export interface BlockTransfer {
  /** Byte offset in the device. */
  readonly offset: number;
  readonly address: number;
  /** Bytes, at most `MAX_TRANSFER`. */
  readonly length: number;
}

/** How the driver reaches the doorbell of its device. */
export interface Doorbell {
  notify(): void;
  /** Sleeps until the used index differs from `seen`. */
  wait(seen: number): void;
}

/** The driver of one virtio block device (virtio 1.2, section 5.2). Calls are synchronous. */
export class VirtioBlkDriver {
  readonly config: BlockConfig;
  /** The device takes no writes. */
  readonly readOnly: boolean;
  readonly #queue: VirtqueueDriver;
  readonly #memory: DataView;
  readonly #slots: number;
  readonly #doorbell: Doorbell;
  readonly #freeSlots: number[] = Array.from({ length: SLOTS }, (_, slot) => slot);

  /** @param slots address of {@link DRIVER_BYTES} of shared memory, 16-aligned */
  constructor(memory: ArrayBuffer, device: MachineDevice, slots: number, doorbell: Doorbell) {
    this.config = decodeBlockConfig(device.config);
    this.readOnly = (device.features & BlockFeature.RO) !== 0;
    this.#queue = new VirtqueueDriver(memory, device.queue);
    this.#memory = new DataView(memory);
    this.#slots = slots;
    this.#doorbell = doorbell;
  }

  /** Size of the device in bytes. */
  get capacityBytes(): number {
    return this.config.capacity * VIRTIO_SECTOR;
  }

  /**
   * Reads or writes: all transfers behind as few doorbells as the queue allows.
   * @returns false where the device failed one of them
   */
  transfer(type: 'read' | 'write', transfers: readonly BlockTransfer[]): boolean {
    const deviceWrites = type === 'read';
    return this.#run(transfers.length, (index) => {
      const { offset, address, length } = transfers[index] as BlockTransfer;
      if (length > MAX_TRANSFER) throw new RangeError(`a transfer of ${length} bytes`);
      return {
        type: deviceWrites ? BlockRequestType.IN : BlockRequestType.OUT,
        sector: offset / VIRTIO_SECTOR,
        data: [{ address, length, deviceWrites }],
      };
    });
  }

  /** Makes earlier writes durable; false where the device failed. */
  flush(): boolean {
    return this.#run(1, () => ({ type: BlockRequestType.FLUSH, sector: 0, data: [] }));
  }

  #run(
    count: number,
    request: (index: number) => { type: number; sector: number; data: QueueBuffer[] },
  ): boolean {
    const slotOf = new Map<number, number>();
    let sent = 0;
    let ok = true;
    while (sent < count || slotOf.size > 0) {
      const before = sent;
      for (let slot = this.#nextSlot(sent < count); slot !== undefined; ) {
        const { type, sector, data } = request(sent);
        const header = this.#slots + slot * SLOT_BYTES;
        const status = header + BLOCK_HEADER_BYTES;
        encodeBlockHeader(this.#memory, header, { type, sector });
        const head = this.#queue.add([
          { address: header, length: BLOCK_HEADER_BYTES, deviceWrites: false },
          ...data,
          { address: status, length: 1, deviceWrites: true },
        ]);
        slotOf.set(head, slot);
        sent += 1;
        slot = this.#nextSlot(sent < count);
      }
      if (sent > before) {
        this.#queue.publish();
        this.#doorbell.notify();
      }
      const head = this.#queue.take();
      if (head === undefined) {
        this.#doorbell.wait(this.#queue.seen);
        continue;
      }
      const slot = slotOf.get(head) as number;
      slotOf.delete(head);
      this.#freeSlots.push(slot);
      const at = this.#slots + slot * SLOT_BYTES + BLOCK_HEADER_BYTES;
      if (this.#memory.getUint8(at) !== BlockStatus.OK) ok = false;
    }
    return ok;
  }

  #nextSlot(wanted: boolean): number | undefined {
    return wanted ? this.#freeSlots.pop() : undefined;
  }
}
