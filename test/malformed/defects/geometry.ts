import { sha1, u32be } from '../../fixtures/forge-bytes.ts';
import { sample } from '../../fixtures/forged-sample.ts';
import type { Defect } from './defect.ts';

const sound = sample();
const idxAt = Number(sound.readBigUInt64LE(20));
const packHeader = (magic: string, version: number, count: number) => ({
  image: { packHeader: Buffer.concat([Buffer.from(magic), u32be(version, count)]) },
});
const idxOffset = (idxOffset: bigint) => () => sample({ image: { idxOffset } });
const COUNT = sound.readUInt32BE(36);

export const GEOMETRY: readonly Defect[] = [
  {
    name: 'an empty file',
    open: 'TRUNCATED',
    lazy: 'TRUNCATED',
    image: () => sound.subarray(0, 0),
  },
  {
    name: 'cut inside the superblock',
    open: 'TRUNCATED',
    lazy: 'TRUNCATED',
    image: () => sound.subarray(0, 27),
  },
  {
    name: 'cut inside the PACK header',
    open: 'TRUNCATED',
    lazy: 'TRUNCATED',
    image: () => sound.subarray(0, 33),
  },
  {
    name: 'cut inside the PACK',
    open: 'TRUNCATED',
    lazy: 'TRUNCATED',
    image: () => sound.subarray(0, 600),
  },
  {
    name: 'cut before the IDX',
    open: 'TRUNCATED',
    lazy: 'TRUNCATED',
    image: () => sound.subarray(0, idxAt),
  },
  {
    name: 'cut inside the fan-out',
    open: 'TRUNCATED',
    lazy: 'TRUNCATED',
    image: () => sound.subarray(0, idxAt + 512),
  },
  {
    name: 'cut inside the ids',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: () => sound.subarray(0, idxAt + 1032 + 50),
  },
  {
    name: 'cut inside the trailer of the IDX',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: () => sound.subarray(0, idxAt + 1032 + 28 * COUNT + 39),
  },
  { name: 'IDX offset 0', open: 'BAD_SUPERBLOCK', lazy: 'BAD_SUPERBLOCK', image: idxOffset(0n) },
  {
    name: 'IDX offset inside the PACK header',
    open: 'BAD_SUPERBLOCK',
    lazy: 'BAD_SUPERBLOCK',
    image: idxOffset(30n),
  },
  {
    name: 'IDX offset inside the PACK',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'TRUNCATED',
    verify: 'BAD_IDX',
    image: idxOffset(512n),
  },
  {
    name: 'IDX offset one too low',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: idxOffset(BigInt(idxAt - 1)),
  },
  {
    name: 'IDX offset one too high',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: idxOffset(BigInt(idxAt + 1)),
  },
  {
    name: 'IDX offset at the end',
    open: 'TRUNCATED',
    lazy: 'TRUNCATED',
    image: idxOffset(BigInt(sound.length)),
  },
  { name: 'IDX offset 2^53', open: 'LIMIT', lazy: 'LIMIT', image: idxOffset(2n ** 53n) },
  { name: 'IDX offset 2^64-1', open: 'LIMIT', lazy: 'LIMIT', image: idxOffset(2n ** 64n - 1n) },
  {
    name: 'commit id of no object',
    lazy: 'MISSING_OBJECT',
    image: () => sample({ image: { commit: Buffer.alloc(20, 1) } }),
  },
  {
    name: 'commit id of a blob',
    lazy: 'WRONG_TYPE',
    image: () => sample({ image: { commit: sha1(Buffer.from('blob 13\0Hello World!\n')) } }),
  },
  {
    name: 'PACK magic',
    open: 'BAD_PACK',
    lazy: 'BAD_PACK',
    image: () => sample(packHeader('PCAK', 2, COUNT)),
  },
  {
    name: 'PACK version 3',
    open: 'BAD_PACK',
    lazy: 'BAD_PACK',
    image: () => sample(packHeader('PACK', 3, COUNT)),
  },
  {
    name: 'PACK version 0',
    open: 'BAD_PACK',
    lazy: 'BAD_PACK',
    image: () => sample(packHeader('PACK', 0, COUNT)),
  },
  {
    name: 'one object too many in the PACK header',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'BAD_PACK',
    verify: 'BAD_IDX',
    image: () => sample({ image: { count: COUNT + 1 } }),
  },
  {
    name: 'one object too few in the PACK header',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'BAD_HASH',
    verify: 'BAD_IDX',
    image: () => sample({ image: { count: COUNT - 1 } }),
  },
  {
    name: '2^32-1 objects in the PACK header',
    open: 'LIMIT',
    lazy: 'LIMIT',
    image: () => sample({ image: { count: 2 ** 32 - 1 } }),
  },
  {
    name: 'one object too few in PACK header and IDX',
    lazy: 'MISSING_OBJECT',
    analyze: 'BAD_HASH',
    image: () => sample({ image: { count: COUNT - 1, rows: (rows) => rows.slice(0, -1) } }),
  },
  {
    name: 'an empty PACK that its IDX agrees with',
    lazy: 'MISSING_OBJECT',
    analyze: 'BAD_HASH',
    verify: 'MISSING_OBJECT',
    image: () => sample({ image: { count: 0, rows: () => [] } }),
  },
  {
    name: 'PACK trailer',
    lazy: 'unseen',
    analyze: 'BAD_HASH',
    image: () => sample({ image: { packTrailer: Buffer.alloc(20, 5) } }),
  },
  {
    name: 'bytes between the last entry and the trailer',
    lazy: 'unseen',
    analyze: 'BAD_HASH',
    image: () => sample({ commit: { tail: Buffer.alloc(3, 1) } }),
  },
  {
    name: 'padding that is not zero',
    lazy: 'unseen',
    verify: 'BAD_PACK',
    image: () => sample({ image: { padding: 7 } }),
  },
];
