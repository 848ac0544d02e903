import { Duplex } from 'node:stream';
import { HostError } from '../../../tender/base/errors.ts';
import { NbdClient } from '../../../tender/block/remote/nbd/nbd-client.ts';
import { parseNbdUri } from '../../../tender/block/remote/nbd/nbd-uri.ts';
import { chooseExport, readGreeting } from '../../../tender/block/remote/nbd/negotiate.ts';
import { StreamReader } from '../../../tender/block/remote/nbd/stream-reader.ts';
import { decodeRequest, REQUEST_BYTES } from '../../../tender/nbd/request.ts';
import { encodeSimpleReply, SIMPLE_REPLY_BYTES } from '../../../tender/nbd/simple-reply.ts';
import { mutate } from '../mutate.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const SIZE = 8192;
const GO = 7;
const REPLY_MAGIC = 0x3e889045565a9n;

function optionReply(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(20);
  head.writeBigUInt64BE(REPLY_MAGIC, 0);
  head.writeUInt32BE(GO, 8);
  head.writeUInt32BE(type, 12);
  head.writeUInt32BE(data.length, 16);
  return Buffer.concat([head, data]);
}

/** What an honest server says until an export is chosen. */
function negotiation(random: Random): Buffer {
  const greeting = Buffer.alloc(18);
  greeting.write('NBDMAGICIHAVEOPT');
  greeting.writeUInt16BE(random.oneIn(6) ? random.below(8) : 3, 16);
  const info = Buffer.alloc(12);
  info.writeBigUInt64BE(BigInt(random.oneIn(6) ? Math.abs(random.edgy()) : SIZE), 2);
  info.writeUInt16BE(3, 10);
  const sizes = Buffer.alloc(14);
  sizes.writeUInt16BE(3);
  sizes.writeUInt32BE(random.oneIn(6) ? random.edgy() >>> 0 : random.pick([1, 512, 4096]), 2);
  sizes.writeUInt32BE(4096, 6);
  sizes.writeUInt32BE(random.oneIn(6) ? random.edgy() >>> 0 : 1 << 20, 10);
  const refusal = random.oneIn(8) ? [optionReply(0x80000006, Buffer.from('no\x1b[2J'))] : [];
  const replies = [optionReply(3, info), optionReply(3, sizes), ...refusal];
  return Buffer.concat([greeting, ...replies, optionReply(1, Buffer.alloc(0))]);
}

/** A server in memory, whose answers are somewhat wrong. */
function server(content: Buffer, random: Random, isHonest: boolean): Duplex {
  let asked = Buffer.alloc(0);
  let told = 0;
  const spoil = (bytes: Buffer) => (isHonest || !random.oneIn(4) ? bytes : mutate(bytes, random));
  const stream: Duplex = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      asked = Buffer.concat([asked, chunk]);
      // The client's flags and its one option come first.
      if (told === 0 && asked.length >= 20) told = 20 + asked.readUInt32BE(16);
      for (; told > 0 && asked.length >= told + REQUEST_BYTES; told += REQUEST_BYTES) {
        const request = decodeRequest(asked.subarray(told, told + REQUEST_BYTES), 0);
        if (request === undefined) break;
        const { offset, length } = request;
        const reply = Buffer.alloc(SIMPLE_REPLY_BYTES);
        encodeSimpleReply(reply, 0, isHonest || !random.oneIn(8) ? 0 : random.below(200), request);
        stream.push(spoil(Buffer.concat([reply, content.subarray(offset, offset + length)])));
      }
      if (!isHonest && random.oneIn(20)) stream.push(null);
      done();
    },
  });
  stream.push(spoil(negotiation(isHonest ? HONEST : random)));
  return stream;
}

/** Makes every choice the plain one. */
const HONEST = { oneIn: () => false, pick: (list: unknown[]) => list[0] } as unknown as Random;

async function talk(random: Random): Promise<number> {
  const isHonest = random.oneIn(4);
  const content = Buffer.from(random.bytes(SIZE));
  const stream = server(content, random, isHonest);
  const reader = new StreamReader(stream);
  const end = () => reader.fail(new HostError('it hung up'));
  for (const event of ['end', 'close', 'error']) stream.on(event, end);
  const shown = 'it';
  // Who is told more than was sent waits for it.
  const clock = setTimeout(() => stream.destroy(), 5);
  let client: NbdClient | undefined;
  let got = 0;
  try {
    const wire = { stream, reader, shown };
    const { noZeroes } = await readGreeting(wire);
    const chosen = await chooseExport(wire, '', noZeroes);
    insist(Number.isSafeInteger(chosen.size), 'no size');
    client = new NbdClient({ ...chosen, stream, reader, shown, idle: 5 });
    for (let count = 0; count < 3; count += 1) {
      const start = random.below(SIZE - 1);
      const end = start + 1 + random.below(SIZE - start);
      const bytes = await client.read({ start, end });
      insist(bytes.length === end - start, 'another length');
      if (isHonest) insist(content.subarray(start, end).equals(bytes), 'other bytes');
      got += bytes.length;
    }
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    insist(!isHonest, `an honest server is refused: ${error.message}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
    insist(!/[\x00-\x1f]/.test(error.message), 'words that command a terminal');
  } finally {
    clearTimeout(clock);
    client?.close();
    stream.destroy();
  }
  return got;
}

/** What servers of NBD say to our client, and addresses of them. */
export const nbdAnswersTarget: FuzzTarget = {
  name: 'nbd-answers',
  async run(random, spent) {
    const address = 'nbds+unix://user@/disk%20one?socket=/run/x.sock&tls-psk-file=/etc/keys';
    const text = mutate(Buffer.from(address), random).toString('latin1');
    const place = refused([HostError], () => parseNbdUri(text));
    insist(place === undefined || Buffer.byteLength(place.name) <= 4096, 'a name of any length');
    spent.output += await talk(random);
  },
};
