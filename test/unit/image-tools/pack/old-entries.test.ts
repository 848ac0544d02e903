// What new objects are compared with, out of an older image.
import t from 'tap';
import { type Image, OBJECT_BLOB } from '#format';
import { searchOptions } from '../../../../image-tools/pack/levels.ts';
import { OldEntries } from '../../../../image-tools/pack/old-entries.ts';
import { ObjectList } from '../../../../image-tools/source/objects.ts';
import { type EntryTable, NO_BASE } from '../../../../image-tools/verify/entry-table.ts';

const oid = (i: number) => new Uint8Array(20).fill(i);

/** The sizes of the anchors of new files, given with their names, beside those of an older image. */
function anchorSizes(old: readonly [string, number][], added: readonly [string, number][]) {
  const objects = new ObjectList();
  for (const [i, [name, size]] of [...old, ...added].entries()) {
    objects.add(oid(i + 1), OBJECT_BLOB, size, { kind: 'file' }, Buffer.from(`${i}/${name}`));
  }
  const count = old.length;
  const table = {
    count,
    rows: Uint32Array.from(old.keys()),
    types: new Uint8Array(count).fill(OBJECT_BLOB),
    sizes: Float64Array.from(old, ([, size]) => size),
    bases: new Uint32Array(count).fill(NO_BASE),
  } as unknown as EntryTable;
  const image = { idx: { oidOf: (row: number) => oid(row + 1) } } as unknown as Image;
  const entries = new OldEntries({ image, table }, objects, searchOptions('default'));
  t.equal(entries.count, count);
  const rows = Uint32Array.from(added.keys(), (i) => count + i);
  return [...entries.anchorsFor(rows).rows].map((row) => objects.sizeOf(row));
}

t.test('only files of the same name', async (t) => {
  t.strictSame(
    anchorSizes(
      [
        ['a', 100],
        ['b', 200],
        ['a', 300],
      ],
      [['a', 100]],
    ),
    [100, 300],
  );
});

t.test('none that is far larger: no delta is made from it', async (t) => {
  const least = 32 * 100 + 4096;
  t.strictSame(
    anchorSizes(
      [
        ['a', least],
        ['a', least + 1],
        ['a', 2 ** 40],
      ],
      [['a', 100]],
    ),
    [least],
  );
});

t.test('no more of them than there is memory for, the last ones', async (t) => {
  const large = 50 << 20;
  t.strictSame(
    anchorSizes(
      [
        ['a', large],
        ['a', large + 1],
        ['a', large + 2],
        ['b', 10],
      ],
      [
        ['a', large],
        ['b', 9],
      ],
    ),
    [large + 1, large + 2, 10],
  );
});
