import { createInflater, memorySource } from '#format';
import { FuseServer } from '../../../guest/host/fuse/index.ts';
import { mount } from '../../../guest/reader/index.ts';
import { fuseRequest, initBody } from '../../fixtures/fuse-client.ts';
import { fuseImage, LARGE } from '../../fixtures/fuse-image.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist } from '../target.ts';

const REPLY_HEADER = 16;
const inflater = createInflater();
let image: Uint8Array | undefined;

/** A request whose fields are right, absurd or missing. */
function randomRequest(random: Random, numbers: readonly bigint[]): Buffer {
  const opcode = random.oneIn(8) ? random.edgy() % 2 ** 32 : 1 + random.below(52);
  const nodeid = random.oneIn(4) ? BigInt(random.edgy()) : random.pick(numbers);
  const name = random.pick(['a.sh', 'many', 'large', '', '.', '..', 'x'.repeat(256), 'a/b']);
  const body = random.oneIn(2) ? Buffer.from(`${name}\0`) : Buffer.alloc(random.below(80));
  if (body.length >= 20 && !random.oneIn(4)) {
    const place = random.oneIn(2) ? BigInt(random.below(5000)) : BigInt(random.edgy());
    body.writeBigUInt64LE(place, 8);
    body.writeUInt32LE(random.oneIn(2) ? random.below(200_000) : random.edgy() % 2 ** 32, 16);
  } else if (random.oneIn(4)) random.bytes(body.length).copy(body);
  const length = random.oneIn(8) ? random.edgy() % 2 ** 32 : undefined;
  const request = fuseRequest(opcode, nodeid, body, length);
  return random.oneIn(16) ? request.subarray(0, random.below(request.length)) : request;
}

/** Requests of any form, over an image that is sound or damaged: each reply keeps to its room and its frame. */
export const fuseTarget: FuzzTarget = {
  name: 'fuse',
  weight: 2,
  run(random, spent) {
    image ??= fuseImage(LARGE.subarray(0, 5000));
    const bytes = Buffer.from(image);
    // Behind the superblock and the header of the PACK.
    for (let left = random.oneIn(2) ? random.below(200) : 0; left > 0; left--) {
      bytes[40 + random.below(bytes.length - 40)] = random.below(256);
    }
    let server: FuseServer;
    try {
      const { nodes } = mount(memorySource(bytes), { inflater, cacheBytes: 100_000 });
      server = new FuseServer(nodes, { uid: 0, gid: 0, imageBytes: bytes.length });
    } catch {
      return;
    }
    const numbers = [1n, 2n, 3n, BigInt(2 + random.below(70_000))];
    const room = Buffer.alloc(random.oneIn(4) ? random.below(300) : 8192);
    for (let left = 40; left > 0; left--) {
      const request =
        left === 40 ? fuseRequest(26, 0, initBody(7, 45)) : randomRequest(random, numbers);
      const length = server.handle(request, room);
      insist(length === 0 || (length >= REPLY_HEADER && length <= room.length), `${length} bytes`);
      if (length === 0) continue;
      spent.output += length;
      const errno = room.readInt32LE(4);
      insist(room.readUInt32LE(0) === length, 'a reply of another length');
      insist(room.subarray(8, 16).equals(request.subarray(8, 16)), 'a reply to somebody else');
      insist(errno <= 0 && errno > -4096 && (errno === 0 || length === REPLY_HEADER), `${errno}`);
      if (errno === 0 && length === REPLY_HEADER + 128) numbers.push(room.readBigUInt64LE(16));
    }
  },
};
