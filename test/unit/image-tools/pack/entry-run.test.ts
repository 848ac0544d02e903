import t from 'tap';
import { OBJECT_BLOB } from '#format';
import { EntryRun, NO_BASE, outsideBase } from '../../../../image-tools/pack/entry-run.ts';

t.test('entries stand behind their bases, which are named by where they stand', async (t) => {
  const run = new EntryRun();
  const add = (size: number, base?: number) =>
    run.add({ type: OBJECT_BLOB, size, base, data: new Uint8Array(size).fill(size) });
  const first = add(1);
  const second = add(2);
  add(3, outsideBase(1));
  const delta = add(4, first);
  add(5, second);
  add(6, delta);
  const { order, sizes, bases, lengths, data } = run.finish();
  t.strictSame([...order], [0, 3, 5, 1, 4, 2]);
  t.strictSame([...sizes], [1, 4, 6, 2, 5, 3]);
  t.strictSame([...bases], [NO_BASE, 0, 1, NO_BASE, 3, outsideBase(1)]);
  t.strictSame([...lengths], [...sizes]);
  t.equal(data.length, 21);
  t.strictSame([...data.subarray(0, 6)], [1, 4, 4, 4, 4, 6]);
});
