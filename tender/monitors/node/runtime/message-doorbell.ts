import { type QueueLayout, RING_INDEX } from '#abi';
import {
  type BlockRequest,
  parseBlockRequest,
  totalLength,
  viewSegments,
} from '../../../devices/block/request.ts';
import { FrameKind } from '../../../transport/frame.ts';
import { DeviceQueue } from '../../../virtio/device-queue.ts';
import { receiveHeader, receiveInto, sendFrame } from './channel.ts';
import type { Doorbell } from './doorbell.ts';

interface InFlight {
  readonly queue: DeviceQueue;
  readonly request: BlockRequest;
}

/**
 * The transport that works everywhere: the rings lie in the memory of the guest's process, this
 * side walks them, and each request travels to the tender as a message over a socket pair.
 */
export function createMessageDoorbell(
  memory: ArrayBuffer,
  layouts: readonly QueueLayout[],
): Doorbell {
  const queues = layouts.map((layout) => new DeviceQueue(memory, layout));
  const usedIndexes = layouts.map((layout) => new Uint16Array(memory, layout.used + RING_INDEX, 1));
  const inFlight = new Map<number, InFlight>();
  let lastId = 0;

  function send(device: number, queue: DeviceQueue, request: BlockRequest): void {
    lastId = (lastId + 1) >>> 0;
    inFlight.set(lastId, { queue, request });
    const { type: code, sector } = request;
    const header = { kind: FrameKind.REQUEST, id: lastId, device, code, sector };
    const output = viewSegments(memory, request.output);
    sendFrame(
      { ...header, wanted: totalLength(request.input) },
      output,
      totalLength(request.output),
    );
  }

  /** Takes one reply: its data go straight to their place. */
  function receive(): void {
    const { id, code, length } = receiveHeader();
    const found = inFlight.get(id);
    if (found === undefined) throw new Error(`a reply to request ${id}, never made`);
    inFlight.delete(id);
    const { queue, request } = found;
    let left = length;
    for (const view of viewSegments(memory, request.input)) {
      const part = view.subarray(0, left);
      receiveInto(part);
      left -= part.length;
    }
    new Uint8Array(memory, request.statusAddress, 1)[0] = code;
    queue.push(request.head, length + 1);
  }

  return {
    notify(device) {
      const queue = queues[device];
      if (queue === undefined) throw new RangeError(`no device ${device}`);
      for (let chain = queue.next(); chain !== undefined; chain = queue.next()) {
        send(device, queue, parseBlockRequest(memory, chain));
      }
    },
    wait(device, seen) {
      const used = usedIndexes[device];
      if (used === undefined) throw new RangeError(`no device ${device}`);
      while (Atomics.load(used, 0) === seen && inFlight.size > 0) receive();
    },
    // The channel is all that the tender listens to.
    hail() {},
  };
}
