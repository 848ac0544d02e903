import {
  BLOCK_HEADER_BYTES,
  DESCRIPTOR_BYTES,
  encodeBlockHeader,
  encodeDescriptor,
  QUEUE_SIZE,
  queueLayout,
  RING_ENTRIES,
  RING_INDEX,
  USED_ENTRY_BYTES,
} from '#abi';
import { createMemoryDevice } from '../../../tender/block/memory-device.ts';
import { createVirtioBlock } from '../../../tender/devices/block/virtio-block.ts';
import { DeviceQueue, VirtqueueError } from '../../../tender/virtio/device-queue.ts';
import { mapMemory } from '../../../tender/virtio/memory-map.ts';
import { QueueServer } from '../../../tender/virtio/queue-server.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const MEMORY = 0x8000;
const HEAP = 0x4000;
const layout = queueLayout(0);

function randomDescriptor(view: DataView, index: number, random: Random): void {
  const hostile = random.oneIn(12);
  encodeDescriptor(view, layout.descriptors + index * DESCRIPTOR_BYTES, {
    address: hostile ? random.edgy() >>> 0 : HEAP + random.below(HEAP),
    length: hostile ? random.edgy() >>> 0 : random.pick([0, 1, 16, 20, 512, 1024]),
    flags: hostile ? random.below(8) : random.below(4),
    next: hostile ? random.below(0x10000) : random.below(QUEUE_SIZE),
  });
}

/** A well-formed request now and then: header, data, status. */
function soundRequest(view: DataView, random: Random): void {
  const at = (index: number) => layout.descriptors + index * DESCRIPTOR_BYTES;
  const length = 512 * random.below(5);
  const flags = random.pick([1, 3]);
  const type = random.pick([0, 1, 4, 8, 99]);
  encodeBlockHeader(view, HEAP, { type, sector: random.below(20) });
  encodeDescriptor(view, at(0), { address: HEAP, length: BLOCK_HEADER_BYTES, flags: 1, next: 1 });
  encodeDescriptor(view, at(1), { address: HEAP + 512, length, flags, next: 2 });
  encodeDescriptor(view, at(2), { address: HEAP + 4096, length: 1, flags: 2, next: 0 });
}

function fillMemory(memory: ArrayBuffer, random: Random): void {
  const view = new DataView(memory);
  for (let at = HEAP; at < MEMORY; at += 4) if (random.oneIn(8)) view.setUint32(at, random.word());
  for (let index = 0; index < QUEUE_SIZE; index++) randomDescriptor(view, index, random);
  for (let slot = 0; slot < QUEUE_SIZE; slot++) {
    const head = random.oneIn(40) ? random.below(0x10000) : random.below(QUEUE_SIZE);
    view.setUint16(layout.available + RING_ENTRIES + slot * 2, head, true);
  }
  const ahead = random.oneIn(8) ? random.below(0x10000) : random.below(4);
  view.setUint16(layout.available + RING_INDEX, ahead, true);
  if (random.oneIn(3)) {
    soundRequest(view, random);
    view.setUint16(layout.available + RING_ENTRIES, 0, true);
  }
}

/** What the device may write for the next request: its writable segments, the used ring. */
function findAllowed(memory: ArrayBuffer): readonly Uint8Array[] {
  const queue = new DeviceQueue(mapMemory(memory), layout);
  const chain = refused([VirtqueueError], () => queue.next());
  const ringLength = RING_ENTRIES - RING_INDEX + QUEUE_SIZE * USED_ENTRY_BYTES;
  const ring = new Uint8Array(memory, layout.used + RING_INDEX, ringLength);
  return [...(chain?.writable ?? []), ring];
}

export const ringTarget: FuzzTarget = {
  name: 'rings',
  weight: 2,
  run(random) {
    const memory = new ArrayBuffer(MEMORY);
    fillMemory(memory, random);
    const disk = random.bytes(8192);
    const before = Buffer.from(disk);
    const writable = random.oneIn(2);
    const device = createVirtioBlock('disk', createMemoryDevice(disk, 512, writable));
    const server = new QueueServer(
      new DeviceQueue(mapMemory(memory), layout),
      (chain) => device.serve(0, chain),
      { onLate() {}, onFailure() {} },
    );
    // One request, and not a byte may change that it did not offer.
    const allowed = findAllowed(memory);
    const old = Buffer.from(memory.slice(0));
    const served = refused([VirtqueueError], () => server.takeTurn(1));
    const now = new Uint8Array(memory);
    for (const { byteOffset, length } of allowed)
      old.set(now.subarray(byteOffset, byteOffset + length), byteOffset);
    insist(old.equals(now), 'memory was written that was not offered');
    // Then whatever follows, in memory that the device itself may have written over.
    if (served !== undefined) {
      refused([VirtqueueError], () => server.takeTurn(300));
    }
    insist(writable || disk.equals(before), 'a read-only disk was written');
  },
};
