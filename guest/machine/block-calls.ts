import { MAX_TRANSFER, type Machine, Result } from '#abi';
import type { SharedHeap } from './shared-heap.ts';
import { type BlockTransfer, DRIVER_BYTES, VirtioBlkDriver } from './virtio-blk-driver.ts';

/** What a device is like: sizes in bytes. */
interface BlockInfo {
  readonly capacity: number;
  /** Offsets and sizes of reads and writes are multiples of it. */
  readonly blockSize: number;
  readonly readOnly: boolean;
}

/** What {@link blockAcquire} gives. */
type Acquired =
  | { readonly result: typeof Result.OK; readonly handle: number; readonly info: BlockInfo }
  | { readonly result: typeof Result.EINVAL };

/** One read of a batch. */
interface BlockRead {
  /** Byte offset in the device, a multiple of its block size. */
  readonly offset: number;
  /** What to fill; its length is a multiple of the block size. */
  readonly into: Uint8Array;
}

/** The hypercalls of Solo5 for block devices. */
export interface BlockCalls {
  /** The names of the block devices that the manifest declares, in its order. */
  blockDevices(): readonly string[];
  /** Opens the block device that the manifest declares as `name`; EINVAL where it declares none. */
  blockAcquire(name: string): Acquired;
  /**
   * Reads any number of blocks, never short. Without a copy where `into` is shared memory.
   * @param offset bytes, a multiple of the block size
   */
  blockRead(handle: number, offset: number, into: Uint8Array): Result;
  /**
   * Many reads, submitted together with one doorbell. EINVAL where one of them is wrong: then none
   * is made. EUNSPEC where the device failed one: then the buffers' content is unspecified.
   */
  blockReadBatch(handle: number, reads: readonly BlockRead[]): Result;
  /**
   * Begins reads and returns at once; the device makes them meanwhile. Not one of Solo5's hypercalls.
   * @param reads into shared memory; its content is unspecified until they have ended
   * @returns what waits for the end of all; undefined where nothing was begun: a read is wrong, too
   * large, or the device is busy
   */
  blockReadBegin(handle: number, reads: readonly BlockRead[]): (() => Result) | undefined;
  /** Writes any number of blocks; EINVAL on a read-only device too. */
  blockWrite(handle: number, offset: number, from: Uint8Array): Result;
  /** Makes earlier writes durable; nothing to do on a read-only device. */
  blockFlush(handle: number): Result;
}

function isWholeBlocks(driver: VirtioBlkDriver, offset: number, size: number): boolean {
  const { blockSize } = driver.config;
  return (
    Number.isSafeInteger(offset) &&
    offset >= 0 &&
    size > 0 &&
    offset % blockSize === 0 &&
    size % blockSize === 0 &&
    offset <= driver.capacityBytes - size
  );
}

function splitTransfer(offset: number, address: number, size: number): BlockTransfer[] {
  const transfers: BlockTransfer[] = [];
  for (let done = 0; done < size; done += MAX_TRANSFER) {
    const length = Math.min(MAX_TRANSFER, size - done);
    transfers.push({ offset: offset + done, address: address + done, length });
  }
  return transfers;
}

const BOUNCE_BYTES = 64 * 1024;

/** The block devices of a machine. */
export function createBlockCalls(machine: Machine, { allocateShared }: SharedHeap): BlockCalls {
  /** Open devices; a device's handle is its place in the manifest, from 1 on. */
  const drivers: (VirtioBlkDriver | undefined)[] = [];

  function blockAcquire(name: string): Acquired {
    const index = machine.devices.findIndex((device) => device.name === name);
    const device = machine.devices[index];
    if (device === undefined) return { result: Result.EINVAL };
    const handle = index + 1;
    let driver = drivers[handle];
    if (driver === undefined) {
      const slots = allocateShared(DRIVER_BYTES);
      if (slots === undefined) return { result: Result.EINVAL };
      const id = device.queues[0]?.id ?? -1;
      const waited = { id, seen: 0 };
      const waitedQueues = [waited];
      driver = new VirtioBlkDriver(machine.memory, device, slots.byteOffset, {
        notify: () => machine.notify(id),
        wait(seen) {
          waited.seen = seen;
          machine.wait(waitedQueues);
        },
      });
      drivers[handle] = driver;
    }
    const { capacityBytes: capacity, readOnly } = driver;
    return {
      result: Result.OK,
      handle,
      info: { capacity, blockSize: driver.config.blockSize, readOnly },
    };
  }

  let bounceBuffer: Uint8Array | undefined;

  /** Shared memory through which data from elsewhere travel. */
  function bounce(): Uint8Array | undefined {
    bounceBuffer ??= allocateShared(BOUNCE_BYTES);
    return bounceBuffer;
  }

  function isShared(buffer: Uint8Array): boolean {
    return buffer.buffer === machine.memory;
  }

  /** Carries data that do not lie in the shared memory through the bounce buffer, piece by piece. */
  function transferCopied(
    driver: VirtioBlkDriver,
    type: 'read' | 'write',
    offset: number,
    data: Uint8Array,
  ): Result {
    const through = bounce();
    if (through === undefined) return Result.EUNSPEC;
    for (let done = 0; done < data.length; done += through.length) {
      const part = data.subarray(done, done + through.length);
      const shared = through.subarray(0, part.length);
      if (type === 'write') shared.set(part);
      const transfers = splitTransfer(offset + done, shared.byteOffset, part.length);
      if (!driver.transfer(type, transfers)) return Result.EUNSPEC;
      if (type === 'read') part.set(shared);
    }
    return Result.OK;
  }

  function blockReadBatch(handle: number, reads: readonly BlockRead[]): Result {
    const driver = drivers[handle];
    if (driver === undefined) return Result.EINVAL;
    if (!reads.every(({ offset, into }) => isWholeBlocks(driver, offset, into.length))) {
      return Result.EINVAL;
    }
    const direct = reads.filter(({ into }) => isShared(into));
    const transfers = direct.flatMap(({ offset, into }) =>
      splitTransfer(offset, into.byteOffset, into.length),
    );
    if (!driver.transfer('read', transfers)) return Result.EUNSPEC;
    for (const { offset, into } of reads) {
      if (isShared(into)) continue;
      const result = transferCopied(driver, 'read', offset, into);
      if (result !== Result.OK) return result;
    }
    return Result.OK;
  }

  function blockReadBegin(handle: number, reads: readonly BlockRead[]): (() => Result) | undefined {
    const driver = drivers[handle];
    if (driver === undefined) return undefined;
    const transfers: BlockTransfer[] = [];
    for (const { offset, into } of reads) {
      const { length, byteOffset } = into;
      if (!isShared(into) || length > MAX_TRANSFER) return undefined;
      if (!isWholeBlocks(driver, offset, length)) return undefined;
      transfers.push({ offset, address: byteOffset, length });
    }
    const end = driver.beginRead(transfers);
    return end && (() => (end() ? Result.OK : Result.EUNSPEC));
  }

  function blockWrite(handle: number, offset: number, from: Uint8Array): Result {
    const driver = drivers[handle];
    if (driver === undefined || driver.readOnly) return Result.EINVAL;
    if (!isWholeBlocks(driver, offset, from.length)) return Result.EINVAL;
    if (!isShared(from)) return transferCopied(driver, 'write', offset, from);
    const transfers = splitTransfer(offset, from.byteOffset, from.length);
    return driver.transfer('write', transfers) ? Result.OK : Result.EUNSPEC;
  }

  function blockFlush(handle: number): Result {
    const driver = drivers[handle];
    if (driver === undefined) return Result.EINVAL;
    if (driver.readOnly) return Result.OK;
    return driver.flush() ? Result.OK : Result.EUNSPEC;
  }

  return {
    blockDevices: () => machine.devices.map(({ name }) => name),
    blockAcquire,
    blockRead: (handle, offset, into) => blockReadBatch(handle, [{ offset, into }]),
    blockReadBatch,
    blockReadBegin,
    blockWrite,
    blockFlush,
  };
}
