import type { Random } from './random.ts';

type Mutation = (bytes: Buffer, at: number, random: Random) => Buffer;

function splice(bytes: Buffer, at: number, removed: number, added: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
}

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, at, random) {
    if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    return bytes;
  },
  function setByte(bytes, at, random) {
    if (at < bytes.length) bytes[at] = random.oneIn(2) ? random.word() : random.edgy();
    return bytes;
  },
  function setWord(bytes, at, random) {
    const value = random.edgy() >>> 0;
    if (at + 4 > bytes.length) return bytes;
    if (random.oneIn(2)) bytes.writeUInt32BE(value, at);
    else bytes.writeUInt32LE(value, at);
    return bytes;
  },
  (bytes, at, random) => splice(bytes, at, random.below(9), Buffer.alloc(0)),
  (bytes, at, random) => splice(bytes, at, 0, random.bytes(random.below(9))),
  function duplicate(bytes, at, random) {
    return splice(bytes, at, 0, bytes.subarray(at, at + random.below(64)));
  },
  function move(bytes, at, random) {
    const from = random.below(bytes.length);
    const piece = Buffer.from(bytes.subarray(from, from + random.below(32)));
    return splice(bytes, at, piece.length, piece);
  },
  (bytes, at) => bytes.subarray(0, at),
];

/** A copy of `bytes` with one to four changes. */
export function mutate(bytes: Uint8Array, random: Random): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.below(4); left > 0; left--) {
    changed = random.pick(MUTATIONS)(changed, random.below(changed.length + 1), random);
  }
  return changed;
}
