import t from 'tap';
import { createMemoryDevice } from '../../../../../tender/block/memory-device.ts';
import { VhostRequest } from '../../../../../tender/exports/vhost-user/wire/message.ts';
import { encodeRingAddresses } from '../../../../../tender/exports/vhost-user/wire/ring-addresses.ts';
import { encodeRingEvent } from '../../../../../tender/exports/vhost-user/wire/ring-event.ts';
import { encodeRingState } from '../../../../../tender/exports/vhost-user/wire/ring-state.ts';
import { DATA, FrontEnd, GUEST, USER } from '../../../../fixtures/vhost-front-end.ts';
import { Random } from '../../../../fuzz/random.ts';

const content = Buffer.from(new Random(5).bytes(64 * 1024));
const frontEnd = (position = 0) => new FrontEnd(createMemoryDevice(content), position);
const {
  GET_FEATURES,
  GET_PROTOCOL_FEATURES,
  GET_QUEUE_NUM,
  GET_CONFIG,
  GET_VRING_BASE,
  SET_CONFIG,
  SET_FEATURES,
  SET_MEM_TABLE,
  SET_OWNER,
  SET_BACKEND_REQ_FD,
  SET_PROTOCOL_FEATURES,
  SET_VRING_ADDR,
  SET_VRING_BASE,
  SET_VRING_CALL,
  SET_VRING_ENABLE,
  SET_VRING_ERR,
  SET_VRING_KICK,
  SET_VRING_NUM,
} = VhostRequest;

function reads(front: FrontEnd, sector: number, length: number): boolean {
  front.bytes.fill(0, DATA, DATA + length);
  front.request(0, sector, length);
  front.serve();
  const got = Buffer.from(front.bytes.subarray(DATA, DATA + length));
  return front.status === 0 && got.equals(content.subarray(sector * 512, sector * 512 + length));
}

t.test('what is offered, and what the machine is told', async (t) => {
  const front = frontEnd();
  // SEG_MAX, RO, BLK_SIZE, the protocol's own bit, VERSION_1.
  t.equal(front.send(GET_FEATURES)?.toString('hex'), '6400004001000000');
  t.equal(front.send(GET_PROTOCOL_FEATURES)?.toString('hex'), '0902000000000000');
  t.equal(front.send(GET_QUEUE_NUM)?.readUInt32LE(), 1);
  t.equal(front.send(SET_OWNER), undefined);
  const ask = (offset: number, size: number) => {
    const payload = Buffer.alloc(12 + size, 0xff);
    payload.writeUInt32LE(offset, 0);
    payload.writeUInt32LE(size, 4);
    return front.send(GET_CONFIG, payload);
  };
  for (const size of [0, 8, 24, 57, 60, 256]) t.equal(ask(0, size)?.length, 12 + size);
  t.equal(ask(0, 60)?.readUInt32LE(12), content.length / 512);
  t.ok(ask(24, 36)?.subarray(12).equals(Buffer.alloc(36)), 'zeros, where there is nothing');
  t.throws(() => ask(0, 257), /range/);
  t.throws(() => front.send(SET_CONFIG, Buffer.alloc(13)), /read-only/);
});

t.test('reads: each ends with a call, unless the machine wants none', async (t) => {
  const front = frontEnd();
  const { kick, call } = front.start();
  t.equal(front.session.rings[0]?.kick, kick);
  t.ok(reads(front, 0, 512));
  t.equal(front.signals.get(call), 1);
  t.ok(reads(front, 5, 4096));
  t.equal(front.used, 2);
  front.availableFlags = 1;
  t.ok(reads(front, 9, 512));
  t.equal(front.signals.get(call), 2, 'no interrupt wanted');
  t.equal(front.usedFlags, 0, 'the device wants kicks again');
  const other = front.event(SET_VRING_CALL);
  front.availableFlags = 0;
  t.ok(reads(front, 9, 512));
  t.equal(front.signals.get(other), 1, 'the call may change while the ring runs');
  t.notOk(front.open.has(call));
  front.session.close();
  t.equal(front.open.size, 0);
  t.equal(front.mapped, 0);
});

t.test('what was given is counted, over stops too', async (t) => {
  const front = frontEnd();
  front.start();
  const [ring] = front.session.rings;
  t.ok(reads(front, 0, 512) && reads(front, 1, 4096));
  front.request(4, 0, 0);
  front.serve();
  t.equal(ring?.takeBytes(), 512 + 4096);
  t.equal(ring?.takeBytes(), 0, 'once');
  const stopped = front.state(GET_VRING_BASE, 0)?.readUInt32LE(4) ?? 0;
  front.start(stopped);
  t.ok(reads(front, 2, 512));
  t.equal(ring?.takeBytes(), 512);
});

t.test('requests that get a status: beyond the end, a write, a flush, the name', async (t) => {
  const front = frontEnd();
  front.start();
  const status = (type: number, sector: number, length: number) => {
    front.request(type, sector, length);
    front.serve();
    return front.status;
  };
  t.equal(status(0, content.length / 512, 512), 1);
  t.equal(status(0, Number.MAX_SAFE_INTEGER, 512), 1);
  t.equal(status(0, 0, 100), 1, 'no whole sectors');
  t.equal(status(1, 0, 512), 1);
  t.equal(status(4, 0, 0), 0, 'a flush has nothing to do');
  t.equal(status(8, 0, 20), 0);
  t.equal(Buffer.from(front.bytes.subarray(DATA, DATA + 7)).toString(), 'docteur');
  t.equal(status(99, 0, 512), 2);
  t.ok(reads(front, 1, 512));
});

t.test('a ring that begins anywhere, stops, and goes on; around its 16 bits', async (t) => {
  for (const position of [20_602, 65_530]) {
    const front = frontEnd(position);
    front.start(position);
    for (let count = 0; count < 20; count += 1) t.ok(reads(front, count, 512));
    const reply = front.state(GET_VRING_BASE, 0);
    const stopped = reply?.readUInt32LE(4) ?? 0;
    t.equal(stopped, (position + 20) & 0xffff);
    t.equal(front.session.rings[0]?.kick, undefined, 'nothing is heard');
    front.request(0, 1, 512);
    front.serve();
    t.equal(front.status, 0xee, 'nothing is served');
    front.start(stopped);
    front.serve();
    t.equal(front.status, 0, 'what was there before the start');
    t.ok(reads(front, 3, 512));
    front.session.close();
    t.equal(front.open.size, 0);
  }
});

t.test('disabled and enabled; without the feature it is enabled at once', async (t) => {
  const front = frontEnd();
  front.start();
  front.state(SET_VRING_ENABLE, 0);
  front.request(0, 1, 512);
  front.serve();
  t.equal(front.status, 0xee);
  front.state(SET_VRING_ENABLE, 1);
  front.serve();
  t.equal(front.status, 0);
  const plain = frontEnd();
  plain.u64(SET_FEATURES, 1n << 32n);
  plain.memory();
  plain.state(SET_VRING_NUM, 16);
  plain.addresses();
  plain.event(SET_VRING_KICK);
  t.ok(reads(plain, 2, 512));
});

t.test('the memory is replaced while the ring runs', async (t) => {
  const front = frontEnd();
  front.start();
  t.ok(reads(front, 0, 512));
  front.memory();
  t.equal(front.mapped, 1, 'the old one is given back');
  t.ok(reads(front, 1, 512));
});

t.test('several regions: each has its addresses, nothing crosses an edge', async (t) => {
  const front = frontEnd();
  front.start();
  const half = 0x2_0000;
  const high = 2 ** 32;
  front.memory([
    { guest: GUEST, size: half, user: USER, offset: 4096 },
    { guest: high, size: half, user: USER + half, offset: 4096 + half },
  ]);
  t.ok(reads(front, 0, 512));
  front.request(0, 3, 1024, high + 0x100);
  front.serve();
  t.equal(front.status, 0);
  t.ok(
    Buffer.from(front.bytes.subarray(half + 0x100, half + 0x500)).equals(
      content.subarray(1536, 2560),
    ),
  );
  front.request(0, 0, 1024, GUEST + half - 512);
  t.throws(() => front.serve(), /outside the memory/);
});

t.test('acknowledgements: only where they are agreed upon and asked for', async (t) => {
  const front = frontEnd();
  const owner = (needReply: boolean) => front.send(SET_OWNER, Buffer.alloc(0), [], needReply);
  t.equal(owner(true), undefined, 'not agreed upon');
  front.u64(SET_PROTOCOL_FEATURES, 0x209n);
  t.equal(owner(false), undefined);
  t.equal(owner(true)?.readBigUInt64LE(), 0n);
  t.equal(front.memory(undefined, true)?.readBigUInt64LE(), 0n);
  t.equal(front.send(GET_QUEUE_NUM, Buffer.alloc(0), [], true)?.readUInt32LE(), 1, 'one answer');
  front.refusal = 'not sealed';
  try {
    front.memory(undefined, true);
    t.fail('it was refused');
  } catch (error) {
    const { message, reply } = error as Error & { reply: Buffer };
    t.equal(message, 'not sealed');
    t.equal(reply.readBigUInt64LE(12), 1n);
  }
  t.equal(front.mapped, 1, 'the old memory is there still');
});

t.test('descriptors: those that are not meant are closed', async (t) => {
  const front = frontEnd();
  front.send(SET_OWNER, Buffer.alloc(0), front.fds(3));
  front.send(SET_BACKEND_REQ_FD, Buffer.alloc(0), front.fds(1));
  front.event(SET_VRING_ERR);
  t.equal(front.open.size, 0);
  const event = encodeRingEvent({ index: 0, polled: false });
  front.send(SET_VRING_CALL, event, front.fds(5));
  t.equal(front.open.size, 1);
  front.send(SET_VRING_CALL, encodeRingEvent({ index: 0, polled: true }));
  t.equal(front.open.size, 0);
  t.throws(() => front.send(SET_VRING_CALL, event), /without its descriptor/);
  t.throws(() => front.send(SET_VRING_KICK, encodeRingEvent({ index: 0, polled: true })), /polled/);
  t.throws(() => front.send(99, Buffer.alloc(0), front.fds(2)), /unknown request 99/);
  t.equal(front.open.size, 0);
});

t.test('what makes no sense ends the session', async (t) => {
  const region = { guest: GUEST, size: 4096, user: USER, offset: 0 };
  const wrong: [string, (front: FrontEnd) => unknown, RegExp][] = [
    ['a feature', (front) => front.u64(SET_FEATURES, 1n << 29n), /not offered/],
    ['a protocol feature', (front) => front.u64(SET_PROTOCOL_FEATURES, 1n << 12n), /not offered/],
    ['features of 4 bytes', (front) => front.send(SET_FEATURES, Buffer.alloc(4)), /8 bytes/],
    ['a ring', (front) => front.state(SET_VRING_NUM, 16, 1), /ring 1 of 1/],
    ['a size while it runs', (front) => front.state(SET_VRING_NUM, 16), /that runs/],
    ['a position while it runs', (front) => front.state(SET_VRING_BASE, 0), /that runs/],
    ['a state of 7 bytes', (front) => front.send(SET_VRING_NUM, Buffer.alloc(7)), /no sense/],
    ['addresses of 39 bytes', (front) => front.send(SET_VRING_ADDR, Buffer.alloc(39)), /no sense/],
    ['a ring outside', (front) => front.addresses(USER + 0x4_0000), /outside the memory/],
    ['a ring across the edge', (front) => front.addresses(USER + 0x4_0000 - 0x2010), /cannot lie/],
    ['a ring at an odd address', (front) => front.addresses(USER + 1), /cannot lie/],
    [
      'a table of 9 regions',
      (front) => front.memory(Array.from({ length: 9 }, () => region)),
      /no sense/,
    ],
    [
      'more regions than descriptors',
      (front) => {
        const table = Buffer.alloc(8 + 64);
        table.writeUInt32LE(2);
        return front.send(SET_MEM_TABLE, table, front.fds(1));
      },
      /2 regions of memory with 1/,
    ],
    ['an empty region', (front) => front.memory([{ ...region, size: 0 }]), /cannot be/],
    ['an endless region', (front) => front.memory([{ ...region, size: 2 ** 53 - 1 }]), /cannot be/],
    [
      'an offset without end',
      (front) => front.memory([{ ...region, offset: 2 ** 50 }]),
      /cannot be/,
    ],
    ['two at one place', (front) => front.memory([region, region]), /overlap/],
  ];
  for (const [name, action, message] of wrong) {
    const front = frontEnd();
    front.start();
    t.throws(() => action(front), message, name);
    front.session.close();
    t.equal(front.open.size, 0, `${name}: no descriptor is left`);
    t.equal(front.mapped, 0, `${name}: no memory is left`);
  }
  const odd = frontEnd();
  odd.u64(SET_FEATURES, 1n << 32n);
  odd.memory();
  odd.state(SET_VRING_NUM, 15);
  odd.send(
    SET_VRING_ADDR,
    encodeRingAddresses({ index: 0, descriptors: USER, available: USER + 4096, used: USER + 8192 }),
  );
  t.throws(() => odd.event(SET_VRING_KICK), /a queue of 15 entries/);
  odd.session.close();
  t.equal(odd.open.size, 0);
});

t.test('rings that a hostile machine made', async (t) => {
  const wrong: [string, (front: FrontEnd) => void, RegExp][] = [
    ['a descriptor that is none', (front) => front.offer(16), /descriptor 16 of 16/],
    [
      'a loop',
      (front) => {
        front.descriptor(0, GUEST, 16, 1, 1);
        front.descriptor(1, GUEST, 16, 1, 0);
        front.offer(0);
      },
      /loop/,
    ],
    [
      'memory below',
      (front) => {
        front.descriptor(0, 0, 16, 0);
        front.offer(0);
      },
      /outside the memory/,
    ],
    [
      "the front end's own address",
      (front) => {
        front.descriptor(0, USER, 16, 0);
        front.offer(0);
      },
      /outside the memory/,
    ],
    [
      'memory across the end',
      (front) => {
        front.descriptor(0, GUEST + 0x4_0000 - 8, 16, 0);
        front.offer(0);
      },
      /outside the memory/,
    ],
    [
      'a table of descriptors',
      (front) => {
        front.descriptor(0, GUEST, 16, 4);
        front.offer(0);
      },
      /indirect/,
    ],
    ['a jump', (front) => front.view.setUint16(0x1002, 999, true), /entries ahead/],
  ];
  for (const [name, action, message] of wrong) {
    const front = frontEnd();
    front.start();
    const before = Buffer.from(content);
    action(front);
    t.throws(() => front.serve(), message, name);
    front.session.close();
    t.equal(front.open.size, 0);
    t.ok(before.equals(content));
  }
});

/** Carries out a start whose every message but the first few is answered with 0, or none is. */
function startAs(front: FrontEnd, features: bigint, needReply: boolean): (Buffer | undefined)[] {
  const u64 = (value: bigint) => {
    const payload = Buffer.alloc(8);
    payload.writeBigUInt64LE(value);
    return payload;
  };
  const state = (value: number) => encodeRingState({ index: 0, value });
  const event = encodeRingEvent({ index: 0, polled: false });
  const at = { descriptors: USER, available: USER + 0x1000, used: USER + 0x2000 };
  return [
    front.send(SET_FEATURES, u64(features), [], needReply),
    front.memory(undefined, needReply),
    front.send(SET_VRING_NUM, state(16), [], needReply),
    front.send(SET_VRING_ADDR, encodeRingAddresses({ index: 0, ...at }), [], needReply),
    front.send(SET_VRING_BASE, state(0), [], needReply),
    front.send(SET_VRING_CALL, event, front.fds(), needReply),
    front.send(SET_VRING_KICK, event, front.fds(), needReply),
    front.send(SET_VRING_ENABLE, state(1), [], needReply),
  ];
}
const configuration = (front: FrontEnd) => {
  const payload = Buffer.alloc(12 + 60);
  payload.writeUInt32LE(60, 4);
  return front.send(GET_CONFIG, payload);
};
const VERSION_1 = 1n << 32n;
const PROTOCOL = 1n << 30n;
const RO = 1n << 5n;

t.test('as cloud-hypervisor starts it: every message wants an answer', async (t) => {
  const front = frontEnd();
  front.send(SET_OWNER);
  const offered = front.send(GET_FEATURES)?.readBigUInt64LE() ?? 0n;
  front.send(GET_PROTOCOL_FEATURES);
  // CONFIG, REPLY_ACK, MQ.
  front.u64(SET_PROTOCOL_FEATURES, 0x209n);
  front.send(GET_QUEUE_NUM);
  t.equal(configuration(front)?.length, 12 + 60);
  for (const answer of startAs(front, offered, true)) t.equal(answer?.readBigUInt64LE(), 0n);
  t.ok(reads(front, 3, 4096));
});

t.test('as Firecracker starts it: few features, and no answers', async (t) => {
  const front = frontEnd();
  front.send(SET_OWNER);
  front.send(GET_FEATURES);
  front.send(GET_PROTOCOL_FEATURES);
  front.u64(SET_PROTOCOL_FEATURES, 0x200n);
  t.equal(configuration(front)?.length, 12 + 60);
  // It takes neither SEG_MAX nor BLK_SIZE: sectors of 512 bytes are served all the same.
  for (const answer of startAs(front, VERSION_1 | PROTOCOL | RO, false)) t.equal(answer, undefined);
  t.ok(reads(front, 5, 512));
});
