import type { Mutant } from '../fixtures/mutant.ts';

const BELL = ['test/unit/tender/transport/bell.test.ts'];
const QUEUES = ['test/unit/tender/virtio/queue-server.test.ts'];
const MAPS = ['test/unit/tender/virtio/memory-map.test.ts'];
const CHECKED = ['test/unit/tender/block/filters/checked.test.ts'];

export const mutants: Mutant[] = [
  {
    name: 'transport: a sleeper that does not say that it sleeps',
    file: 'tender/transport/bell.ts',
    find: `    this.#words.store(this.#sleeper, 1);
    if (this.count`,
    replace: '    if (this.count',
    tests: BELL,
  },
  {
    name: 'transport: who rings looks for sleepers before it counts',
    file: 'tender/transport/bell.ts',
    find: `    this.#words.add(this.#count, 1);
    // A call of the kernel is spared while the other side is awake.
    if (this.#words.load(this.#sleeper) !== 0) this.#words.wake(this.#count);`,
    replace: `    if (this.#words.load(this.#sleeper) !== 0) this.#words.wake(this.#count);
    this.#words.add(this.#count, 1);`,
    tests: BELL,
  },
  {
    name: 'transport: a guest takes the count after it looked',
    file: 'tender/monitors/node/runtime/shared-doorbell.ts',
    find: `        const heard = completion.count;
        if (news()) return true;`,
    replace: `        if (news()) return true;
        const heard = completion.count;`,
    tests: BELL,
  },
  {
    name: 'transport: an interruption that does not count',
    file: 'tender/transport/bell.ts',
    find: `    this.#words.add(this.#count, 1);
    this.#words.wakeAll(this.#count);`,
    replace: '    this.#words.wakeAll(this.#count);',
    tests: BELL,
  },
  {
    name: 'virtio: a chain in flight may be offered again',
    file: 'tender/virtio/queue-server.ts',
    find: 'if (this.#heads.size > 0 && this.#heads.has(head)) {',
    replace: 'if (this.#heads.size > 1_000_000) {',
    tests: QUEUES,
  },
  {
    name: 'virtio: what ends after the close is given back',
    file: 'tender/virtio/queue-server.ts',
    find: 'if (this.#open) this.#queue.push(head, front + back);',
    replace: 'this.#queue.push(head, front + back);',
    tests: QUEUES,
  },
  {
    name: 'virtio: a queue outside the memory',
    file: 'tender/virtio/device-queue.ts',
    find: 'if (bytes === undefined || bytes.byteOffset % 2 !== 0) {',
    replace: 'if (bytes === undefined) {',
    tests: QUEUES,
  },
  {
    name: 'virtio: a queue of any size',
    file: 'tender/virtio/device-queue.ts',
    find: 'if (!(size >= 1 && size <= MAX_SIZE && Number.isInteger(Math.log2(size)))) {',
    replace: 'if (size > MAX_SIZE) {',
    tests: QUEUES,
  },
  {
    name: 'virtio: a view across the end of its region',
    file: 'tender/virtio/memory-map.ts',
    find: 'if (!(at >= 0 && length >= 0 && at <= size - length)) return undefined;',
    replace: 'if (!(at >= 0 && length >= 0 && at <= buffer.byteLength - length)) return undefined;',
    tests: MAPS,
  },
  {
    name: 'virtio: regions that overlap',
    file: 'tender/virtio/memory-map.ts',
    find: 'if (next !== undefined && address + bytes.length > next.address) {',
    replace: 'if (next !== undefined && address > next.address) {',
    tests: MAPS,
  },
  {
    name: 'block: an offset below zero',
    file: 'tender/block/filters/checked.ts',
    find: '      offset >= 0 &&\n',
    replace: '',
    tests: CHECKED,
  },
  {
    name: 'block: an offset inside a sector',
    file: 'tender/block/filters/checked.ts',
    find: '      offset % sectorSize === 0 &&\n',
    replace: '',
    tests: CHECKED,
  },
  {
    name: 'block: a transfer across the end',
    file: 'tender/block/filters/checked.ts',
    find: 'offset <= end - length;',
    replace: 'offset <= end;',
    tests: CHECKED,
  },
  {
    name: 'block: half a sector',
    file: 'tender/block/filters/checked.ts',
    find: '      length % sectorSize === 0 &&\n',
    replace: '',
    tests: CHECKED,
  },
  {
    name: 'messages: any number of requests is held',
    file: 'tender/transport/message-server.ts',
    find: '!channel.writableNeedDrain && held < MAX_HELD && heldBytes < MAX_HELD_BYTES',
    replace: '!channel.writableNeedDrain',
    tests: ['test/malformed/messages.test.ts'],
  },
  {
    name: 'messages: a request that wants any number of bytes',
    file: 'tender/transport/message-server.ts',
    find: 'if (wanted > MAX_CHAIN_BYTES) throw',
    replace: 'if (wanted > 2 ** 32) throw',
    tests: ['test/malformed/messages.test.ts'],
  },
  {
    name: 'messages: a request to a queue that is none',
    file: 'tender/transport/message-server.ts',
    find: 'if (device === undefined || queue >= device.queues) {',
    replace: 'if (device === undefined) {',
    tests: ['test/malformed/messages.test.ts'],
  },
];
