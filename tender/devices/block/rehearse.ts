import {
  BLOCK_HEADER_BYTES,
  BlockRequestType,
  DESCRIPTOR_BYTES,
  DESCRIPTOR_NEXT,
  DESCRIPTOR_WRITE,
  encodeBlockHeader,
  encodeDescriptor,
  QUEUE_STRIDE,
  queueLayout,
  RING_ENTRIES,
  RING_INDEX,
} from '#abi';
import { checkDevice } from '../../block/filters/checked.ts';
import { createMemoryDevice } from '../../block/memory-device.ts';
import { DeviceQueue } from '../../virtio/device-queue.ts';
import { mapMemory } from '../../virtio/memory-map.ts';
import { QueueServer } from '../../virtio/queue-server.ts';
import { serveBlock } from './serve.ts';

const SECTOR = 512;

/**
 * Serves one read of a device of its own, while the guest's process starts: the guest's first read
 * would find cold code, and wait for it 0.2 ms.
 * @returns how many requests were served: one
 */
export function rehearse(): number {
  const memory = new ArrayBuffer(QUEUE_STRIDE + 2 * SECTOR);
  const view = new DataView(memory);
  const layout = queueLayout(0);
  const [header, data] = [QUEUE_STRIDE, QUEUE_STRIDE + SECTOR];
  encodeBlockHeader(view, header, { type: BlockRequestType.IN, sector: 0 });
  const chain = [
    { address: header, length: BLOCK_HEADER_BYTES, flags: DESCRIPTOR_NEXT, next: 1 },
    { address: data, length: SECTOR, flags: DESCRIPTOR_NEXT | DESCRIPTOR_WRITE, next: 2 },
    { address: header + BLOCK_HEADER_BYTES, length: 1, flags: DESCRIPTOR_WRITE, next: 0 },
  ];
  for (const [index, descriptor] of chain.entries()) {
    encodeDescriptor(view, layout.descriptors + index * DESCRIPTOR_BYTES, descriptor);
  }
  view.setUint16(layout.available + RING_ENTRIES, 0, true);
  view.setUint16(layout.available + RING_INDEX, 1, true);
  const device = checkDevice(createMemoryDevice(new Uint8Array(SECTOR)));
  const server = new QueueServer(
    new DeviceQueue(mapMemory(memory), layout),
    (request) => serveBlock({ name: 'rehearsal', device }, request),
    { onLate() {}, onFailure() {} },
  );
  return server.takeTurn(1);
}
