import fc from 'fast-check';
import t from 'tap';
import {
  BLOCK_HEADER_BYTES,
  BlockRequestType,
  encodeBlockHeader,
  encodeDescriptor,
  QUEUE_STRIDE,
  queueLayout,
} from '#abi';
import { VirtqueueDriver } from '../../../../guest/machine/virtqueue-driver.ts';
import type { BlockDevice } from '../../../../tender/block/block-device.ts';
import { createMemoryDevice } from '../../../../tender/block/memory-device.ts';
import { createVirtioBlock } from '../../../../tender/devices/block/virtio-block.ts';
import type { Chain } from '../../../../tender/virtio/device.ts';
import { DeviceQueue, VirtqueueError } from '../../../../tender/virtio/device-queue.ts';
import { mapMemory } from '../../../../tender/virtio/memory-map.ts';
import { QueueServer } from '../../../../tender/virtio/queue-server.ts';

const layout = queueLayout(0);

/** Serves the queue at the start of `memory` from a block device, up to 99 chains. */
function serveQueue(memory: ArrayBuffer, blocks: BlockDevice): number {
  const device = createVirtioBlock('d', blocks);
  const queue = new DeviceQueue(mapMemory(memory), layout);
  const onFailure = (error: Error) => {
    throw error;
  };
  const serve = (chain: Chain) => device.serve(0, chain);
  return new QueueServer(queue, serve, { onLate() {}, onFailure }).takeTurn(99);
}

t.test('the three areas fit, aligned, without overlap', async (t) => {
  const { size, descriptors, available, used } = queueLayout(QUEUE_STRIDE);
  t.equal(descriptors % 16, 0);
  t.equal(available % 2, 0);
  t.equal(used % 4, 0);
  t.ok(descriptors + size * 16 <= available);
  t.ok(available + 4 + size * 2 + 2 <= used, 'the unused event field has its place');
  t.ok(used + 4 + size * 8 + 2 <= 2 * QUEUE_STRIDE);
});

t.test('driver and device agree, around the 16-bit indexes many times', async (t) => {
  const memory = new ArrayBuffer(65_536);
  const driver = new VirtqueueDriver(memory, layout);
  const device = new DeviceQueue(mapMemory(memory), layout);
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return (seed >> 8) % below;
  };
  let made = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const sent = new Map<number, number>();
    while (driver.free >= 4 && sent.size < 1 + random(40)) {
      const buffers = Array.from({ length: 1 + random(4) }, (_, index) => ({
        address: 8192 + random(1000),
        length: random(500),
        deviceWrites: index > 0,
      }));
      sent.set(driver.add(buffers), buffers.length);
      made += 1;
    }
    driver.publish();
    const chains = [];
    for (let chain = device.next(); chain !== undefined; chain = device.next()) chains.push(chain);
    if (chains.length !== sent.size) t.fail('a chain was not seen');
    // The device may finish in any order.
    chains.sort(() => random(3) - 1);
    for (const { head, readable, writable } of chains) {
      if (readable.length + writable.length !== sent.get(head)) t.fail('a chain of another length');
      device.push(head, 0);
    }
    for (let head = driver.take(); head !== undefined; head = driver.take()) sent.delete(head);
    if (sent.size !== 0 || driver.free !== layout.size) t.fail('a chain was lost');
  }
  t.ok(made > 2 * 65_536, `${made} requests`);
});

t.test('a driver refuses what the queue has no room for', async (t) => {
  const driver = new VirtqueueDriver(new ArrayBuffer(65_536), layout);
  const buffer = { address: 8192, length: 1, deviceWrites: false };
  t.throws(() => driver.add([]), RangeError);
  t.throws(() => driver.add(Array(129).fill(buffer)), RangeError);
  driver.add(Array(128).fill(buffer));
  t.throws(() => driver.add([buffer]), RangeError);
});

t.test('a device that gives back what was never made is noticed', async (t) => {
  const memory = new ArrayBuffer(65_536);
  const driver = new VirtqueueDriver(memory, layout);
  new DeviceQueue(mapMemory(memory), layout).push(5, 0);
  t.throws(() => driver.take(), /never made/);
});

t.test('whatever the rings hold, the device ends in one way or the other', async (t) => {
  const disk = createMemoryDevice(new Uint8Array(4096));
  const word = fc.oneof(fc.nat(140), fc.nat(0xffff));
  const address = fc.oneof(fc.nat(20_000), fc.maxSafeNat());
  const descriptor = fc.tuple(address, fc.oneof(fc.nat(2048), fc.nat()), fc.nat(7), word);
  let broken = 0;
  const property = fc.property(
    fc.array(descriptor, { minLength: 1, maxLength: 8 }),
    fc.array(word, { maxLength: 8 }),
    fc.nat(12),
    fc.nat(20),
    (descriptors, heads, type, sector) => {
      const memory = new ArrayBuffer(16_384);
      const view = new DataView(memory);
      descriptors.forEach(([at, length, flags, next], index) => {
        encodeDescriptor(view, index * 16, { address: at % 2 ** 32, length, flags, next });
      });
      encodeBlockHeader(view, 8192, { type, sector });
      heads.forEach((head, index) => {
        view.setUint16(layout.available + 4 + index * 2, head, true);
      });
      view.setUint16(layout.available + 2, heads.length, true);
      try {
        serveQueue(memory, disk);
      } catch (error) {
        if (!(error instanceof VirtqueueError)) throw error;
        broken += 1;
      }
    },
  );
  fc.assert(property, { numRuns: 3000 });
  t.ok(broken > 100, `${broken} broken`);
});

t.test('a request is answered from the device, whole', async (t) => {
  const memory = new ArrayBuffer(16_384);
  const bytes = Uint8Array.from({ length: 4096 }, (_, index) => index >> 9);
  const driver = new VirtqueueDriver(memory, layout);
  encodeBlockHeader(new DataView(memory), 8192, { type: BlockRequestType.IN, sector: 3 });
  driver.add([
    { address: 8192, length: BLOCK_HEADER_BYTES, deviceWrites: false },
    { address: 9000, length: 1024, deviceWrites: true },
    { address: 8999, length: 1, deviceWrites: true },
  ]);
  t.equal(serveQueue(memory, createMemoryDevice(bytes)), 0);
  driver.publish();
  t.equal(serveQueue(memory, createMemoryDevice(bytes)), 1);
  t.same(new Uint8Array(memory, 9000, 1024), bytes.subarray(1536, 2560));
  t.equal(new Uint8Array(memory)[8999], 0, 'status OK');
});
