import t from 'tap';
import { encodeRestarts, Restarts } from '../../../../../image-tools/format/path-index/restarts.ts';

const places = Float64Array.from({ length: 1200 }, (_, i) => 12 + i * 1000 + (i % 7));
const blocks = encodeRestarts(places);
const PACK_SPAN = 2_000_000;

function open(list: readonly Uint8Array[], packSpan = PACK_SPAN): Restarts {
  const readBlock = (number: number) => {
    const bytes = list[number] as Uint8Array;
    return { bytes, count: (bytes[6] as number) * 256 + (bytes[7] as number) };
  };
  return new Restarts(readBlock, list.length, packSpan);
}

t.test('places are found in any block, and others are not', async (t) => {
  const restarts = open(blocks);
  t.equal(blocks.length, 3);
  for (const [row, count] of [
    [0, 1],
    [0, 1200],
    [509, 3],
    [510, 10],
    [1019, 2],
    [1199, 1],
  ] as const) {
    const found = restarts.from(places[row] as number, count);
    t.same([...(found ?? [])], [...places.subarray(row, row + count)], `${count} from ${row}`);
  }
  for (const start of [0, 11, 13, 1_199_999, 2 ** 40]) t.equal(restarts.from(start, 1), undefined);
  t.equal(open([]).from(12, 1), undefined);
  t.equal(encodeRestarts(new Float64Array(0)).length, 0);
});

t.test('what no sound index holds is refused', async (t) => {
  const refused = (call: () => unknown, message: string) =>
    t.throws(call, { code: 'BAD_INDEX' }, message);
  refused(() => open(blocks).from(places[1199] as number, 2), 'fewer than wanted');
  refused(() => open(blocks, 500_000).from(12, 1200), 'outside the PACK');
  const falling = encodeRestarts(Float64Array.of(12, 5000, 4000, 6000));
  refused(() => open(falling).from(12, 4), 'falling');
  const full = Uint8Array.from(blocks[2] as Uint8Array).fill(0xff, 6, 8);
  refused(() => open([full]).from(12, 1), 'a block of too many');
});
