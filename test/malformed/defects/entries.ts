import { deflateSync } from 'node:zlib';
import type { EntryForgery } from '../../fixtures/forge.ts';
import { commitText, distance, entryHead, objectId } from '../../fixtures/forge-bytes.ts';
import { BASE, README, SECOND_DELTA, sample } from '../../fixtures/forged-sample.ts';
import type { Defect } from './defect.ts';

const base = (base: EntryForgery) => () => sample({ base });
const stream = (change: (bytes: Buffer) => Buffer) => base({ stream: change(deflateSync(BASE)) });
const set = (at: number, value: number) => (bytes: Buffer) => {
  bytes[at < 0 ? bytes.length + at : at] = value;
  return bytes;
};
const GIB = 2 ** 30;

export const ENTRIES: readonly Defect[] = [
  { name: 'entry type 0', lazy: 'BAD_PACK', image: base({ header: entryHead(0, BASE.length) }) },
  { name: 'entry type 5', lazy: 'BAD_PACK', image: base({ header: entryHead(5, BASE.length) }) },
  {
    name: 'a blob that says it is a tree',
    lazy: 'WRONG_TYPE',
    analyze: 'MISSING_OBJECT',
    verify: 'BAD_HASH',
    image: base({ header: entryHead(2, BASE.length) }),
  },
  {
    name: 'a tree that says it is a blob',
    lazy: 'WRONG_TYPE',
    analyze: 'MISSING_OBJECT',
    verify: 'BAD_HASH',
    image: () => sample({ docs: { header: entryHead(3, 33) } }),
  },
  {
    name: 'a commit that says it is a tag',
    lazy: 'WRONG_TYPE',
    analyze: 'MISSING_OBJECT',
    verify: 'BAD_HASH',
    image: () => sample({ commit: { header: entryHead(4, commitText(Buffer.alloc(20)).length) } }),
  },
  { name: 'size one too low', lazy: 'BAD_ZLIB', image: base({ size: BASE.length - 1 }) },
  { name: 'size one too high', lazy: 'BAD_ZLIB', image: base({ size: BASE.length + 1 }) },
  { name: 'size 0', lazy: 'BAD_ZLIB', image: base({ size: 0 }) },
  { name: 'size 1 GiB', lazy: 'BAD_ZLIB', image: base({ size: GIB }) },
  { name: 'size 2^52', lazy: 'BAD_ZLIB+LIMIT', analyze: 'LIMIT', image: base({ size: 2 ** 52 }) },
  {
    name: 'size 2^60',
    lazy: 'BAD_PACK',
    image: base({ header: Buffer.from([0xb0, ...Array(7).fill(0x80), 0x80, 0x10]) }),
  },
  {
    name: 'a size that never ends',
    lazy: 'BAD_PACK',
    image: base({ header: Buffer.alloc(64, 0xb0) }),
  },
  {
    name: 'a size of leading zeros that never ends',
    lazy: 'BAD_PACK',
    image: base({ header: Buffer.concat([Buffer.from([0xbc]), Buffer.alloc(64, 0x80)]) }),
  },
  { name: 'no zlib stream', lazy: 'BAD_ZLIB', image: base({ stream: Buffer.alloc(0) }) },
  { name: 'zlib header', lazy: 'BAD_ZLIB', image: stream(set(0, 0x79)) },
  { name: 'zlib method 9', lazy: 'BAD_ZLIB', image: stream((b) => set(1, 0x18)(set(0, 0x79)(b))) },
  {
    name: 'zlib with a preset dictionary',
    lazy: 'BAD_ZLIB',
    image: base({ stream: deflateSync(BASE, { dictionary: README }) }),
  },
  { name: 'block type 3', lazy: 'BAD_ZLIB', image: stream(set(2, 0x07)) },
  {
    name: 'a flipped bit inside the stream',
    lazy: 'BAD_ZLIB',
    image: stream((b) => set(40, (b[40] as number) ^ 4)(b)),
  },
  {
    name: 'Adler-32',
    lazy: 'BAD_ZLIB',
    image: stream((b) => set(-1, (b.at(-1) as number) ^ 1)(b)),
  },
  {
    name: 'a stream cut before its checksum',
    lazy: 'BAD_ZLIB',
    image: stream((b) => b.subarray(0, -4)),
  },
  { name: 'a stream cut in the middle', lazy: 'BAD_ZLIB', image: stream((b) => b.subarray(0, 60)) },
  {
    name: 'bytes behind a stream',
    lazy: 'unseen',
    analyze: 'BAD_ZLIB',
    verify: 'BAD_HASH',
    image: base({ tail: Buffer.from('garbage') }),
  },
  {
    name: 'bytes behind a stream, and a CRC that covers them',
    lazy: 'unseen',
    analyze: 'BAD_ZLIB',
    verify: 'BAD_PACK',
    image: base({ tail: Buffer.from('garbage'), crc: 'tail' }),
  },
  {
    name: 'a stream of another blob of the same size',
    lazy: 'wrong data',
    checked: 'BAD_HASH',
    analyze: 'MISSING_OBJECT',
    verify: 'BAD_HASH',
    image: base({ stream: deflateSync(Buffer.alloc(BASE.length, 'x')) }),
  },
  {
    name: 'a second stream behind the first',
    lazy: 'unseen',
    analyze: 'BAD_ZLIB',
    verify: 'BAD_HASH',
    image: base({ tail: deflateSync(BASE) }),
  },
  {
    name: 'the same object twice',
    lazy: 'unseen',
    verify: 'BAD_IDX',
    image: () => sample({ more: (forge) => forge.add('blob', README) }),
  },
  {
    name: 'an object that nothing names',
    lazy: 'unseen',
    image: () => sample({ more: (forge) => forge.add('blob', Buffer.from('stray')) }),
  },
  {
    name: 'a tag that nothing names',
    lazy: 'unseen',
    image: () => sample({ more: (forge) => forge.add('tag', Buffer.from('object x\n')) }),
  },
  {
    name: 'OFS_DELTA against itself',
    lazy: 'BAD_DELTA',
    image: () => sample({ second: { back: 0 } }),
  },
  {
    name: 'OFS_DELTA against the PACK header',
    lazy: 'BAD_DELTA',
    image: () =>
      sample({
        image: {},
        second: { header: Buffer.concat([entryHead(6, SECOND_DELTA.length), distance(1 << 20)]) },
      }),
  },
  {
    name: 'OFS_DELTA against the middle of an entry',
    lazy: 'BAD_PACK',
    verify: 'BAD_DELTA',
    image: () => sample({ second: { back: 60 } }),
  },
  {
    name: 'OFS_DELTA with a distance of 2^60',
    lazy: 'BAD_DELTA',
    image: () =>
      sample({
        second: {
          header: Buffer.concat([
            entryHead(6, SECOND_DELTA.length),
            Buffer.from([...Array(8).fill(0xff), 0x7f]),
          ]),
        },
      }),
  },
  {
    name: 'OFS_DELTA against another object',
    lazy: 'BAD_DELTA',
    image: () => sample({ second: { back: 2000 } }),
  },
  {
    name: 'REF_DELTA against no object',
    lazy: 'MISSING_OBJECT',
    image: () => sample({ third: { baseOid: Buffer.alloc(20, 0xee) } }),
  },
  {
    name: 'REF_DELTA against itself',
    lazy: 'LIMIT',
    analyze: 'MISSING_OBJECT',
    verify: 'LIMIT',
    image: () => {
      const result = Buffer.from('no way');
      return sample({ third: { result, baseOid: objectId('blob', result) } });
    },
  },
  {
    name: 'REF_DELTA against a tree',
    lazy: 'BAD_DELTA',
    image: () =>
      sample({
        third: { baseOid: objectId('tree', Buffer.alloc(0)) },
        more: (forge) => forge.add('tree', Buffer.alloc(0)),
      }),
  },
  {
    name: 'two REF_DELTA against each other',
    lazy: 'LIMIT',
    analyze: 'MISSING_OBJECT',
    verify: 'LIMIT',
    image: () => {
      const [a, b] = [Buffer.alloc(20, 0xa1), Buffer.alloc(20, 0xb2)];
      return sample({
        third: { oid: a, baseOid: b },
        more: (forge) => forge.addRef(a, SECOND_DELTA, README, { oid: b }),
      });
    },
  },
];
