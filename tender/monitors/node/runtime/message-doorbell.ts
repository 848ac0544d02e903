import type { QueueLayout, WaitedQueue } from '#abi';
import { byteLength, sliceBuffers } from '../../../base/buffers.ts';
import { FrameKind, MAX_CHAIN_BYTES } from '../../../transport/frame.ts';
import type { Chain } from '../../../virtio/device.ts';
import { DeviceQueue, VirtqueueError } from '../../../virtio/device-queue.ts';
import { mapMemory } from '../../../virtio/memory-map.ts';
import { receiveHeader, receiveInto, sendFrame } from './channel.ts';
import type { Doorbell } from './doorbell.ts';
import { watchUsedIndexes } from './used-indexes.ts';

interface InFlight {
  readonly queue: DeviceQueue;
  readonly chain: Chain;
}

const NS_PER_MS = 1e6;

/** Bytes of a part of a chain that are few enough for a message. @throws {VirtqueueError} */
function checkLength(head: number, part: readonly Uint8Array[]): number {
  const length = byteLength(part);
  if (length <= MAX_CHAIN_BYTES) return length;
  throw new VirtqueueError(
    `chain ${head} holds ${length} bytes, at most ${MAX_CHAIN_BYTES} can be sent`,
  );
}

/**
 * The transport that works everywhere: the rings lie in the memory of the guest's process, this
 * side walks them, and each chain travels to the tender as a message over a socket pair, whatever
 * the device.
 * @param devices the queues of each device
 * @param monotonic the clock of deadlines, in nanoseconds
 */
export function createMessageDoorbell(
  memory: ArrayBuffer,
  devices: readonly (readonly QueueLayout[])[],
  monotonic: () => bigint,
): Doorbell {
  const map = mapMemory(memory);
  const places = devices.flatMap((layouts, device) =>
    layouts.map((layout, number) => ({ device, number, queue: new DeviceQueue(map, layout) })),
  );
  const anyChanged = watchUsedIndexes(memory, devices.flat());
  const inFlight = new Map<number, InFlight>();
  let lastId = 0;

  function nextId(): number {
    lastId = (lastId + 1) >>> 0;
    return lastId;
  }

  function send(device: number, number: number, queue: DeviceQueue, chain: Chain): void {
    const { head, readable, writable } = chain;
    const id = nextId();
    const header = { kind: FrameKind.REQUEST, id, device, queue: number };
    const length = checkLength(head, readable);
    const wanted = checkLength(head, writable);
    inFlight.set(id, { queue, chain });
    sendFrame({ ...header, wanted }, readable, length);
  }

  /** Takes one reply, whose bytes go straight to their place; or returns the alarm that came instead. */
  function receive(): number | undefined {
    const { kind, id, length, back } = receiveHeader();
    if (kind === FrameKind.ALARM) return id;
    const found = inFlight.get(id);
    if (found === undefined) throw new Error(`a reply to request ${id}, never made`);
    inFlight.delete(id);
    const { queue, chain } = found;
    const { head, writable } = chain;
    const end = byteLength(writable);
    for (const part of sliceBuffers(writable, 0, length - back)) receiveInto(part);
    for (const part of sliceBuffers(writable, end - back, end)) receiveInto(part);
    queue.push(head, length);
    return undefined;
  }

  /** Asks the tender to report the deadline: nothing else interrupts a read. */
  function setAlarm(deadline: bigint): number {
    const id = nextId();
    const delay = Math.ceil(Number(deadline - monotonic()) / NS_PER_MS);
    sendFrame({ kind: FrameKind.ALARM, id, delay }, [], 0);
    return id;
  }

  return {
    notify(id) {
      const place = places[id];
      if (place === undefined) throw new RangeError(`no queue ${id}`);
      const { device, number, queue } = place;
      for (let chain = queue.next(); chain !== undefined; chain = queue.next()) {
        send(device, number, queue, chain);
      }
    },
    wait(queues: readonly WaitedQueue[], deadline?: bigint) {
      let alarm: number | undefined;
      while (!anyChanged(queues)) {
        if (deadline === undefined) {
          if (inFlight.size === 0) return false;
        } else {
          if (deadline <= monotonic()) return false;
          alarm ??= setAlarm(deadline);
        }
        // One from an earlier wait may come first.
        if (receive() === alarm) alarm = undefined;
      }
      return true;
    },
    // The tender listens to the channel alone.
    hail() {},
  };
}
