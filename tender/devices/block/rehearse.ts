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
import { createMemoryDevice } from '../../block/memory-device.ts';
import { DeviceQueue } from '../../virtio/device-queue.ts';
import { serveQueue } from './serve-queue.ts';

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
  const device = createMemoryDevice(new Uint8Array(SECTOR));
  return serveQueue(memory, new DeviceQueue(memory, layout), { name: 'rehearsal', device }, 1);
}
