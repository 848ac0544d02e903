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

interface Request {
  readonly type: number;
  readonly sector: number;
  readonly data: readonly QueueBuffer[];
}

/** Requests that were made together. */
interface Run {
  /** How many of them the device has not answered yet. */
  pending: number;
  /** Whether all those answered so far succeeded. */
  ok: boolean;
}

/** A request that the device has. */
interface InFlight {
  readonly slot: number;
  readonly run: Run;
}

/** How the driver reaches the doorbell of its device. */
export interface Doorbell {
  notify(): void;
  /** Sleeps until the used index differs from `seen`. */
  wait(seen: number): void;
}

/** The driver of one virtio block device (virtio 1.2, section 5.2). Calls are synchronous but one. */
export class VirtioBlkDriver {
  readonly config: BlockConfig;
  /** The device takes no writes. */
  readonly readOnly: boolean;
  readonly #queue: VirtqueueDriver;
  readonly #memory: DataView;
  readonly #slots: number;
  readonly #doorbell: Doorbell;
  readonly #freeSlots: number[] = Array.from({ length: SLOTS }, (_, slot) => slot);
  /** Requests by the number that the queue gave them. */
  readonly #inFlight = new Map<number, InFlight>();

  /** @param slots address of {@link DRIVER_BYTES} of shared memory, 16-aligned */
  constructor(memory: ArrayBuffer, device: MachineDevice, slots: number, doorbell: Doorbell) {
    const [queue] = device.queues;
    if (queue === undefined) throw new RangeError(`the device ${device.name} has no queue`);
    this.config = decodeBlockConfig(device.config);
    this.readOnly = (device.features & BlockFeature.RO) !== 0;
    this.#queue = new VirtqueueDriver(memory, queue);
    this.#memory = new DataView(memory);
    this.#slots = slots;
    this.#doorbell = doorbell;
  }

  /** Size of the device in bytes. */
  get capacityBytes(): number {
    return this.config.capacity * VIRTIO_SECTOR;
  }

  /**
   * Reads or writes. All transfers take as few doorbells as the queue allows.
   * @returns false where the device failed one of them
   */
  transfer(type: 'read' | 'write', transfers: readonly BlockTransfer[]): boolean {
    return this.#run(transfers.map((transfer) => transferRequest(type, transfer)));
  }

  /**
   * Begins to read and does not wait for the device. What it gives waits, and tells whether all went
   * well; undefined, with nothing begun, where the device has enough to do.
   */
  beginRead(transfers: readonly BlockTransfer[]): (() => boolean) | undefined {
    if (this.#freeSlots.length < transfers.length) return undefined;
    const run: Run = { pending: 0, ok: true };
    this.#submit(
      run,
      transfers.map((transfer) => transferRequest('read', transfer)),
    );
    return () => this.#finish(run);
  }

  /** Makes earlier writes durable; false where the device failed. */
  flush(): boolean {
    return this.#run([{ type: BlockRequestType.FLUSH, sector: 0, data: [] }]);
  }

  #run(requests: readonly Request[]): boolean {
    const run: Run = { pending: 0, ok: true };
    for (let sent = 0; sent < requests.length; ) {
      while (this.#freeSlots.length === 0) this.#takeOne();
      const batch = requests.slice(sent, sent + this.#freeSlots.length);
      this.#submit(run, batch);
      sent += batch.length;
    }
    return this.#finish(run);
  }

  /** Hands over requests with one doorbell, at most as many as there are free slots. */
  #submit(run: Run, requests: readonly Request[]): void {
    for (const { type, sector, data } of requests) {
      const slot = this.#freeSlots.pop() as number;
      const header = this.#slots + slot * SLOT_BYTES;
      encodeBlockHeader(this.#memory, header, { type, sector });
      const head = this.#queue.add([
        { address: header, length: BLOCK_HEADER_BYTES, deviceWrites: false },
        ...data,
        { address: header + BLOCK_HEADER_BYTES, length: 1, deviceWrites: true },
      ]);
      this.#inFlight.set(head, { slot, run });
      run.pending += 1;
    }
    this.#queue.publish();
    this.#doorbell.notify();
  }

  #finish(run: Run): boolean {
    while (run.pending > 0) this.#takeOne();
    return run.ok;
  }

  /** Waits for an answer, whosever it is. */
  #takeOne(): void {
    let head = this.#queue.take();
    while (head === undefined) {
      this.#doorbell.wait(this.#queue.seen);
      head = this.#queue.take();
    }
    const { slot, run } = this.#inFlight.get(head) as InFlight;
    this.#inFlight.delete(head);
    this.#freeSlots.push(slot);
    run.pending -= 1;
    const at = this.#slots + slot * SLOT_BYTES + BLOCK_HEADER_BYTES;
    if (this.#memory.getUint8(at) !== BlockStatus.OK) run.ok = false;
  }
}

function transferRequest(
  type: 'read' | 'write',
  { offset, address, length }: BlockTransfer,
): Request {
  if (length > MAX_TRANSFER) throw new RangeError(`a transfer of ${length} bytes`);
  const deviceWrites = type === 'read';
  return {
    type: deviceWrites ? BlockRequestType.IN : BlockRequestType.OUT,
    sector: offset / VIRTIO_SECTOR,
    data: [{ address, length, deviceWrites }],
  };
}
