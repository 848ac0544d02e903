import t from 'tap';
import { queueLayout } from '#abi';
import { VirtqueueDriver } from '../../../../guest/machine/virtqueue-driver.ts';
import type { Written } from '../../../../tender/virtio/device.ts';
import { DeviceQueue } from '../../../../tender/virtio/device-queue.ts';
import { mapMemory, mapRegions } from '../../../../tender/virtio/memory-map.ts';
import { QueueServer } from '../../../../tender/virtio/queue-server.ts';
import { deferred } from '../../../fixtures/deferred.ts';

const layout = queueLayout(0);
const DONE: Written = { front: 3, back: 1 };

/** A driver, and a server whose device answers each chain when it is told to. */
function lateDevice(position = 0) {
  const memory = new ArrayBuffer(65_536);
  for (const ring of [layout.available, layout.used]) {
    new DataView(memory).setUint16(ring + 2, position, true);
  }
  const driver = new VirtqueueDriver(memory, layout, position);
  const events: string[] = [];
  const requests: { head: number; end: (error?: Error) => void }[] = [];
  const server = new QueueServer(
    new DeviceQueue(mapMemory(memory), layout, position),
    ({ head }) => {
      const { promise, resolve } = deferred();
      let failure: Error | undefined;
      requests.push({
        head,
        end(error) {
          failure = error;
          resolve();
        },
      });
      return promise.then(() => {
        if (failure !== undefined) throw failure;
        return DONE;
      });
    },
    {
      onLate: () => events.push('late'),
      onFailure: ({ message }) => events.push(message),
    },
  );
  const ask = (count: number) => {
    for (let asked = 0; asked < count; asked += 1) {
      driver.add([{ address: 8192, length: 4, deviceWrites: true }]);
    }
    driver.publish();
  };
  return { memory, driver, server, events, requests, ask };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

t.test('chains in flight are given back in the order in which they end', async (t) => {
  const { driver, server, events, requests, ask } = lateDevice();
  ask(3);
  t.equal(server.takeTurn(10), 3);
  t.equal(server.takeTurn(10), 0);
  t.equal(server.inFlight, 3);
  t.equal(driver.take(), undefined, 'nothing is given back yet');
  const heads = requests.map(({ head }) => head);
  for (const index of [2, 0, 1]) {
    requests[index]?.end();
    await turn();
    t.equal(driver.take(), heads[index]);
  }
  t.equal(server.inFlight, 0);
  t.same(events, ['late', 'late', 'late']);
});

t.test('what is taken in one turn has a limit, whether answered or in flight', async (t) => {
  const { server, ask } = lateDevice();
  ask(50);
  t.same([server.takeTurn(32), server.takeTurn(32), server.takeTurn(32)], [32, 18, 0]);
});

t.test('a chain that is offered again while it is in flight ends the guest', async (t) => {
  const { memory, server, ask } = lateDevice();
  ask(1);
  server.takeTurn(9);
  const view = new DataView(memory);
  const head = view.getUint16(layout.available + 4, true);
  view.setUint16(layout.available + 6, head, true);
  view.setUint16(layout.available + 2, 2, true);
  t.throws(() => server.takeTurn(9), { message: /begins a chain that is in flight/ });
  t.equal(server.inFlight, 1);
});

t.test('after a close nothing is given back, and what fails is not heard', async (t) => {
  const { driver, server, events, requests, ask } = lateDevice();
  ask(2);
  server.takeTurn(9);
  server.close();
  requests[0]?.end();
  requests[1]?.end(new Error('broken'));
  await turn();
  t.equal(driver.take(), undefined);
  t.equal(server.inFlight, 0);
  t.same(events, ['late', 'late'], 'who waits for the memory is told');
});

t.test('a device that fails later', async (t) => {
  const { server, events, requests, ask } = lateDevice();
  ask(1);
  server.takeTurn(9);
  requests[0]?.end(new Error('broken'));
  await turn();
  t.same(events, ['broken', 'late']);
});

t.test('a queue that was in use before goes on, around the end of 16 bits', async (t) => {
  for (const position of [5, 127, 128, 65_530, 65_535]) {
    const { driver, server, requests, ask } = lateDevice(position);
    ask(20);
    t.equal(server.takeTurn(99), 20);
    for (const { end } of requests) end();
    await turn();
    let taken = 0;
    while (driver.take() !== undefined) taken += 1;
    t.equal(taken, 20, `from ${position}`);
  }
});

t.test('a queue that cannot be', async (t) => {
  const map = mapMemory(new ArrayBuffer(4096));
  for (const [name, wrong] of Object.entries({
    'no entries': { size: 0 },
    'not a power of two': { size: 100 },
    'too many': { size: 65_536, descriptors: 0, available: 0, used: 0 },
    'half an entry': { size: 0.5 },
    'a table outside the memory': { descriptors: 4096 - 128 * 16 + 16 },
    'an odd ring': { used: layout.used + 1 },
    'a ring across the end': { available: 4090 },
  })) {
    t.throws(() => new DeviceQueue(map, { ...layout, ...wrong }), { name: 'VirtqueueError' }, name);
  }
});

t.test('rings and buffers lie in regions, wherever those are', async (t) => {
  const place = 0x4000_0000;
  const bytes = new Uint8Array(new ArrayBuffer(20_000), 4000, 12_288);
  const map = mapRegions([
    { address: place, bytes: bytes.subarray(0, 8192) },
    { address: place + 8192, bytes: bytes.subarray(8192) },
  ]);
  const { size, descriptors, available, used } = layout;
  const moved = {
    size,
    descriptors: place + descriptors,
    available: place + available,
    used: place + used,
  };
  const queue = new DeviceQueue(map, moved);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const describe = (address: number, length: number) => {
    view.setUint32(0, address, true);
    view.setUint32(8, length, true);
    view.setUint16(12, 2, true);
  };
  describe(place + 8192, 16);
  view.setUint16(available + 2, 1, true);
  const chain = queue.next();
  t.match(chain?.writable[0], { byteOffset: 4000 + 8192, length: 16 });
  queue.push(0, 16);
  t.equal(view.getUint16(used + 2, true), 1);
  describe(place + 8190, 16);
  view.setUint16(available + 2, 2, true);
  t.throws(() => queue.next(), /outside the memory/);
  t.equal(queue.position, 2);
});
