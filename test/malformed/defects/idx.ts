import type { ImageForgery, Row } from '../../fixtures/forge.ts';
import { u32be } from '../../fixtures/forge-bytes.ts';
import { sample } from '../../fixtures/forged-sample.ts';
import type { Defect } from './defect.ts';

const forged = (image: ImageForgery) => () => sample({ image });
const offset = (change: (row: number, offsets: number[]) => number) =>
  forged({ offsets: (offsets) => offsets.map((_, row) => change(row, offsets)) });
const LARGE = 2 ** 31;

function swap(rows: Row[], change: (a: Row, b: Row) => [Row, Row]): Row[] {
  const [a, b, ...rest] = rows as [Row, Row, ...Row[]];
  return [...change(a, b), ...rest];
}

export const IDX: readonly Defect[] = [
  {
    name: 'IDX magic',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ idxHeader: u32be(0xff744f64, 2) }),
  },
  {
    name: 'IDX version 1',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ idxHeader: u32be(0xff744f63, 1) }),
  },
  {
    name: 'IDX version 3',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ idxHeader: u32be(0xff744f63, 3) }),
  },
  {
    name: 'a fan-out that falls',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ fanOut: (f) => f.map((n, i) => (i > 0 && i < 255 ? 255 - i : n)) }),
  },
  {
    name: 'a fan-out of zeros but for the last',
    open: 'not found',
    lazy: 'MISSING_OBJECT',
    analyze: 'unseen',
    verify: 'MISSING_OBJECT',
    image: forged({ fanOut: (f) => f.map((n, i) => (i < 255 ? 0 : n)) }),
  },
  {
    name: 'a fan-out beyond the count',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ fanOut: (f) => f.map((n, i) => (i < 255 ? 2 ** 32 - 1 : n)) }),
  },
  {
    name: 'a fan-out one too high',
    open: 'BAD_IDX+not found',
    lazy: 'MISSING_OBJECT',
    analyze: 'unseen',
    verify: 'MISSING_OBJECT',
    image: forged({ fanOut: (f) => f.map((n, i) => (i < 255 ? n + 1 : n)) }),
  },
  {
    name: 'one entry too many',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ rows: (rows) => [...rows, rows.at(-1) as Row] }),
  },
  {
    name: 'one entry too few',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ rows: (rows) => rows.slice(1) }),
  },
  {
    name: '2^32-1 entries',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ fanOut: (f) => f.map((n, i) => (i < 255 ? n : 2 ** 32 - 1)) }),
  },
  {
    name: 'ids in falling order',
    open: 'not found',
    lazy: 'MISSING_OBJECT',
    analyze: 'unseen',
    verify: 'MISSING_OBJECT',
    image: forged({ rows: (rows) => rows.toReversed() }),
  },
  {
    name: 'two ids in the wrong order',
    open: 'not found',
    lazy: 'MISSING_OBJECT',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ rows: (rows) => swap(rows, (a, b) => [b, a]) }),
  },
  {
    name: 'an id twice, another not at all',
    lazy: 'MISSING_OBJECT',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ rows: (rows) => swap(rows, (a) => [a, a]) }),
  },
  {
    name: 'an id of no object',
    lazy: 'MISSING_OBJECT',
    analyze: 'unseen',
    verify: 'BAD_HASH',
    image: forged({
      rows: (rows) => [{ ...(rows[0] as Row), oid: Buffer.alloc(20) }, ...rows.slice(1)],
    }),
  },
  {
    name: 'two offsets exchanged',
    lazy: 'NOT_FOUND+wrong data',
    checked: 'BAD_HASH',
    analyze: 'unseen',
    verify: 'BAD_HASH',
    image: offset((row, offsets) => offsets[row < 2 ? 1 - row : row] as number),
  },
  {
    name: 'offset 0',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: offset(() => 0),
  },
  {
    name: 'offset 11',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: offset(() => 11),
  },
  {
    name: 'offset inside an entry',
    lazy: 'BAD_PACK',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: offset((row, offsets) => (offsets[row] as number) + 1),
  },
  {
    name: 'offset in the trailer',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: offset(() => 980),
  },
  {
    name: 'offset 2^31-1',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: offset(() => LARGE - 1),
  },
  {
    name: '64-bit entry outside its table',
    open: 'LIMIT',
    lazy: 'LIMIT',
    analyze: 'unseen',
    verify: 'LIMIT',
    image: offset(() => LARGE),
  },
  {
    name: '64-bit entry 2^31-1',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: offset(() => 2 ** 32 - 1),
  },
  {
    name: '64-bit entry that stands far behind',
    open: 'BAD_IDX+LIMIT',
    lazy: 'LIMIT',
    analyze: 'unseen',
    verify: 'LIMIT',
    image: forged({ offsets: (o) => o.map((_, i) => LARGE + i), tail: Buffer.alloc(512) }),
  },
  {
    name: '64-bit entry that says a small offset',
    lazy: 'WRONG_TYPE',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ offsets: (o) => o.map((_, i) => LARGE + i), large: () => Array(20).fill(12n) }),
  },
  {
    name: '64-bit entry of 2^40',
    open: 'BAD_IDX',
    lazy: 'BAD_IDX',
    analyze: 'unseen',
    verify: 'BAD_IDX',
    image: forged({
      offsets: (o) => o.map((_, i) => LARGE + i),
      large: () => Array(20).fill(2n ** 40n),
    }),
  },
  {
    name: '64-bit entry of 2^64-1',
    open: 'LIMIT',
    lazy: 'LIMIT',
    analyze: 'unseen',
    verify: 'LIMIT',
    image: forged({
      offsets: (o) => o.map((_, i) => LARGE + i),
      large: () => Array(20).fill(2n ** 64n - 1n),
    }),
  },
  {
    name: 'right offsets, in the 64-bit table',
    lazy: 'unseen',
    verify: 'BAD_IDX',
    image: () => {
      let small: number[] = [];
      return sample({
        image: {
          offsets: (o) => {
            small = o;
            return o.map((_, i) => LARGE + i);
          },
          large: () => small.map(BigInt),
        },
      });
    },
  },
  { name: 'a CRC', lazy: 'unseen', verify: 'BAD_HASH', image: () => sample({ base: { crc: 1 } }) },
  {
    name: 'the checksum of another PACK',
    lazy: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ packChecksum: Buffer.alloc(20, 3) }),
  },
  {
    name: 'the checksum of the IDX',
    lazy: 'unseen',
    verify: 'BAD_IDX',
    image: forged({ idxChecksum: Buffer.alloc(20, 3) }),
  },
];
