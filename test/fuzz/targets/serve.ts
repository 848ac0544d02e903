import { checkDevice } from '../../../tender/block/filters/checked.ts';
import { createMemoryDevice } from '../../../tender/block/memory-device.ts';
import { ExportList } from '../../../tender/exports/nbd/exports.ts';
import { Negotiation } from '../../../tender/exports/nbd/negotiation.ts';
import { Transmission } from '../../../tender/exports/nbd/transmission.ts';
import { SessionEnd } from '../../../tender/exports/vhost-user/session.ts';
import { VhostRequest } from '../../../tender/exports/vhost-user/wire/message.ts';
import { encodeInfoRequest } from '../../../tender/nbd/info-request.ts';
import { encodeMetaContextRequest } from '../../../tender/nbd/meta-context-request.ts';
import { encodeOptionRequest } from '../../../tender/nbd/option-request.ts';
import { encodeRequest } from '../../../tender/nbd/request.ts';
import { VirtqueueError } from '../../../tender/virtio/device-queue.ts';
import { FrontEnd } from '../../fixtures/vhost-front-end.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const DISK_BYTES = 8192;
const MOST_STEPS = 12;

function spoil(bytes: Buffer, random: Random): Buffer {
  if (bytes.length > 0 && random.oneIn(6)) bytes[random.below(bytes.length)] = random.below(256);
  if (random.oneIn(12)) return bytes.subarray(0, random.below(bytes.length + 1));
  return bytes;
}

function randomOption(random: Random): Buffer {
  const name = random.pick(['', 'disk', 'other', 'x'.repeat(random.below(5000))]);
  const data = random.pick([
    () => Buffer.alloc(0),
    () => encodeInfoRequest({ name, infos: [random.below(5), random.below(0x10000)] }),
    () => encodeMetaContextRequest({ name, queries: ['base:allocation', 'base:'] }),
    () => Buffer.from(random.bytes(random.below(40))),
  ])();
  return spoil(encodeOptionRequest(random.below(13), spoil(data, random)), random);
}

function randomCommand(random: Random): Buffer {
  const hostile = random.oneIn(5);
  const type = random.below(9);
  const length = hostile ? random.edgy() >>> 0 : random.below(DISK_BYTES);
  const offset = hostile ? Math.abs(random.edgy()) : random.below(DISK_BYTES);
  const request = encodeRequest({
    type,
    flags: random.oneIn(4) ? random.below(64) : 0,
    high: random.word(),
    low: random.word(),
    offset: Number.isSafeInteger(offset) ? offset : 0,
    length,
  });
  const data = type === 1 ? Buffer.alloc(Math.min(length, 4096)) : Buffer.alloc(0);
  return spoil(Buffer.concat([request, data]), random);
}

/** A client of the NBD server, from its first byte on. */
export const nbdTarget: FuzzTarget = {
  name: 'nbd',
  run(random, spent) {
    const disk = random.bytes(DISK_BYTES);
    const before = Buffer.from(disk);
    const exports = new ExportList();
    const device = checkDevice(createMemoryDevice(disk));
    exports.replace([{ name: 'disk', description: 'a disk', device }]);
    const count = (bytes: Buffer) => {
      spent.output += bytes.length;
    };
    const negotiation = new Negotiation(exports, random.pick(['off', 'require', 'done']), count);
    let transmission: Transmission | undefined;
    let over = false;
    for (let step = 0; step < MOST_STEPS && !over; step += 1) {
      if (transmission !== undefined) transmission.receive(randomCommand(random));
      else {
        const said = step === 0 ? Buffer.from([0, 0, 0, random.below(5)]) : randomOption(random);
        const next = negotiation.receive(said);
        if (next.kind === 'go') {
          const send = (bytes: Buffer, done: () => void) => {
            count(bytes);
            done();
          };
          const onClose = () => {
            over = true;
          };
          transmission = new Transmission(next.session, send, {
            onFlow() {},
            onFailure() {},
            onClose,
          });
        } else over = next.kind !== 'more';
      }
    }
    transmission?.close();
    insist(before.equals(disk), 'the disk has changed');
  },
};

const REQUESTS = [...Object.values(VhostRequest), 6, 31, 99];

/** A front end of vhost-user, and its machine. */
export const vhostTarget: FuzzTarget = {
  name: 'vhost-user',
  run(random) {
    const disk = random.bytes(DISK_BYTES);
    const before = Buffer.from(disk);
    const front = new FrontEnd(createMemoryDevice(disk));
    if (!random.oneIn(4)) front.start();
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const act = random.pick([
        () => {
          const payload = Buffer.from(random.bytes(random.pick([0, 4, 8, 8, 12, 20, 40, 72])));
          // Most fields are small numbers.
          for (let at = 0; at < payload.length; at += 4) {
            if (!random.oneIn(4) && at + 4 <= payload.length)
              payload.writeUInt32LE(random.below(4), at);
          }
          front.send(random.pick(REQUESTS), payload, front.fds(random.below(3)), random.oneIn(3));
        },
        () => front.memory(),
        () => front.start(random.below(0x10000)),
        () => front.request(random.pick([0, 1, 4, 8]), random.below(20), 512 * random.below(5)),
        () => {
          const at = random.below(0x3000);
          front.view.setUint32(at, random.edgy() >>> 0, true);
        },
        () => front.serve(),
      ]);
      let ended = true;
      refused([SessionEnd, VirtqueueError], () => {
        act();
        ended = false;
      });
      if (ended) break;
    }
    front.session.close();
    insist(front.open.size === 0, 'a descriptor is left open');
    insist(front.mapped === 0, 'memory is left mapped');
    insist(before.equals(disk), 'the disk has changed');
  },
};
