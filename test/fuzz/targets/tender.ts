import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeManifest, ManifestError, parseGuestManifest, parseManifest } from '#abi';
import { splitCommandLine } from '../../../tender/base/args.ts';
import { TenderError } from '../../../tender/base/errors.ts';
import { prepare } from '../../../tender/commands/prepare.ts';
import { findGuest } from '../../../tender/monitors/index.ts';
import { FRAME_HEADER_BYTES } from '../../../tender/transport/frame.ts';
import { FrameReader } from '../../../tender/transport/frame-reader.ts';
import { mutate } from '../mutate.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const TOKENS = [
  ...['"type"', '"version"', '"devices"', '"name"', '"solo5.manifest"', '"BLOCK_BASIC"', '"x1"'],
  ...['{', '}', '[', ']', ':', ',', '1', '1.0', '1e0', 'null', '"__proto__"', '"\\u0000"', '64'],
];

export const manifestTarget: FuzzTarget = {
  name: 'manifest',
  run(random) {
    const devices = Array.from({ length: random.below(random.oneIn(9) ? 70 : 4) }, (_, i) => ({
      name: `d${random.oneIn(9) ? 0 : i}`,
      type: random.pick(['BLOCK_BASIC', 'NET_BASIC'] as const),
    }));
    const line = encodeManifest(devices);
    const tokens = Array.from({ length: random.below(20) }, () => random.pick(TOKENS)).join('');
    const source = random.oneIn(3)
      ? `/*solo5.manifest ${tokens}*/\n`
      : `${mutate(Buffer.from(line), random).toString('latin1')}\ncode()`;
    refused([ManifestError], () => parseManifest(tokens));
    const manifest = refused([ManifestError], () => parseGuestManifest(source));
    if (manifest === undefined) return;
    insist(manifest.devices.length <= 63, 'too many devices');
    const again = parseGuestManifest(encodeManifest(manifest.devices));
    insist(JSON.stringify(again) === JSON.stringify(manifest), 'not the same again');
  },
};

const WORDS = [
  ...['--', '-', '', '--mem=', '--mem=512', '--mem=512junk', '--mem=-1', '--mem=1e9', '--debug'],
  ...[
    '--block:disk=IMAGE',
    '--block:disk=',
    '--block:=IMAGE',
    '--block:disk=DIR',
    '--block:x=IMAGE',
  ],
  ...[
    '--block:disk=GONE',
    '--block-writable:disk=IMAGE',
    '--block:disk=FIFO=with = signs',
    '--timing',
  ],
  ...[
    '--block-sector-size:disk=4096',
    '--block-sector-size:disk=513',
    '--sandbox=none',
    '--sandbox=',
  ],
  ...[
    '--block-sector-size:disk=66048',
    '--net:disk=eth0',
    'GUEST',
    'GUEST',
    'IMAGE',
    'GONE',
    'DIR',
  ],
  ...['--help', '--version', '--manifest', '--block-sector-size:__proto__=512', 'ä'.repeat(5000)],
];

async function check(given: readonly string[], guest: string, rest: readonly string[]) {
  return prepare(given, await findGuest(guest), rest);
}

/** Every check that is made of a command line before a guest runs. */
export function createCommandLineTarget(folder: string): FuzzTarget {
  const files: Record<string, string> = { GUEST: 'guest.js', IMAGE: 'disk.img', DIR: 'dir' };
  writeFileSync(join(folder, 'disk.img'), Buffer.alloc(8192));
  writeFileSync(
    join(folder, 'guest.js'),
    `${encodeManifest([{ name: 'disk', type: 'BLOCK_BASIC' }])}\n`,
  );
  mkdirSync(join(folder, 'dir'));
  return {
    name: 'command-line',
    async run(random) {
      const argv = Array.from({ length: random.below(7) }, () => {
        const word = random
          .pick(WORDS)
          .replace(/GUEST|IMAGE|DIR|GONE/, (name) => join(folder, files[name] ?? 'gone'));
        // No argument of a process holds a NUL.
        return random.oneIn(6)
          ? mutate(Buffer.from(word), random).toString().replaceAll('\0', '0')
          : word;
      });
      const line = splitCommandLine(argv);
      const { guest } = line;
      if (guest === undefined) return;
      const ended = await Promise.allSettled([check(line.options, guest, line.guestArguments)]);
      const prepared = refused([TenderError], () => {
        if (ended[0].status === 'rejected') throw ended[0].reason;
        return ended[0].value;
      });
      for (const device of prepared?.devices ?? []) device.close();
      const behind = argv.slice(argv.length - line.guestArguments.length);
      insist(behind.join() === line.guestArguments.join(), "the guest's arguments changed");
      insist(prepared === undefined || prepared.devices.length === 1, 'a device is missing');
    },
  };
}

const MAX_PAYLOAD = 4096;

/** Frames in chunks of any length: as much comes out as went in, and never more than allowed. */
export const frameTarget: FuzzTarget = {
  name: 'frames',
  run(random, spent) {
    const frames = Array.from({ length: random.below(6) }, () => {
      const payload = random.bytes(random.oneIn(20) ? MAX_PAYLOAD + 1 : random.below(300));
      const header = random.bytes(FRAME_HEADER_BYTES);
      header.writeUInt32LE(payload.length, 4);
      return Buffer.concat([header, payload]);
    });
    const stream = Buffer.concat(frames);
    const reader = new FrameReader(() => MAX_PAYLOAD);
    let read = 0;
    for (let at = 0; at < stream.length; ) {
      const length = 1 + random.below(random.oneIn(2) ? 10 : 1000);
      reader.push(stream.subarray(at, at + length));
      at += length;
      for (;;) {
        const tooLong = (frames[read]?.length ?? 0) - FRAME_HEADER_BYTES > MAX_PAYLOAD;
        const frame = refused([RangeError], () => reader.next());
        if (frame === undefined) {
          if (tooLong) return;
          break;
        }
        insist(!tooLong, 'a payload beyond the bound');
        const payload = frames[read]?.subarray(FRAME_HEADER_BYTES) as Buffer;
        insist(payload.equals(frame.payload), `frame ${read} differs`);
        read += 1;
        spent.output += frame.payload.length;
      }
    }
    insist(read === frames.length, `${read} frames of ${frames.length}`);
    insist(spent.output <= stream.length, 'more comes out than went in');
  },
};
