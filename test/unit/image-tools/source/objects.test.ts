import { createHash } from 'node:crypto';
import t from 'tap';
import { ObjectList } from '../../../../image-tools/source/objects.ts';

const oidOf = (text: string) => createHash('sha1').update(text).digest();

t.test('each object once, found by id, whole after a trip through shared memory', async (t) => {
  const list = new ObjectList({ root: Buffer.from('/r'), spoolFile: '/p.spool' });
  for (let i = 0; i < 5000; i++) {
    const hint = Buffer.from(`dir/${i}`);
    const oid = oidOf(`${i}`);
    if (i % 4 === 0) {
      const content = Buffer.from(`content ${i}`);
      t.equal(list.add(oid, 2, content.length, { kind: 'inline', content }, hint), i);
    } else if (i % 4 === 1) list.add(oid, 3, i, { kind: 'file' }, hint);
    else if (i % 4 === 2) list.add(oid, 3, i, { kind: 'link' }, hint);
    else list.add(oid, 3, i, { kind: 'spool', offset: 2 ** 40 + i }, hint);
  }
  t.equal(list.add(oidOf('7'), 3, 1, { kind: 'file' }, Buffer.from('again')), 7);
  t.equal(list.count, 5000);
  for (const copy of [list, ObjectList.from(structuredClone(list.share()))]) {
    t.equal(copy.count, 5000);
    t.equal(Buffer.from(copy.root).toString(), '/r');
    t.equal(copy.spoolFile, '/p.spool');
    for (let row = 0; row < 5000; row += 501) {
      t.equal(copy.find(oidOf(`${row}`)), row);
      t.equal(Buffer.from(copy.hintOf(row)).toString(), `dir/${row}`);
      t.ok(oidOf(`${row}`).equals(copy.oidOf(row)));
      const locator = copy.locatorOf(row);
      t.equal(locator.kind, ['inline', 'file', 'link', 'spool'][row % 4]);
      if (locator.kind === 'inline') {
        t.equal(Buffer.from(locator.content).toString(), `content ${row}`);
        t.equal(copy.typeOf(row), 2);
      } else {
        t.equal(copy.typeOf(row), 3);
        t.equal(copy.sizeOf(row), row);
      }
      if (locator.kind === 'spool') t.equal(locator.offset, 2 ** 40 + row);
    }
    t.equal(copy.find(oidOf('stranger')), undefined);
  }
  t.equal(list.add(oidOf('later'), 3, 1, { kind: 'file' }, Buffer.from('later')), 5000);
  t.equal(list.find(oidOf('later')), 5000, 'a shared list goes on growing');
  t.equal(Buffer.from(list.hintOf(5000)).toString(), 'later');
  const empty = new ObjectList();
  empty.share();
  t.equal(empty.add(oidOf('first'), 3, 1, { kind: 'file' }, Buffer.from('first')), 0);
  t.ok(oidOf('first').equals(empty.oidOf(0)));
});

t.test('trees that verification would refuse are refused, in its words', async (t) => {
  const add = (list: ObjectList, size: number, hint = '') =>
    list.add(oidOf(`${Math.random()}`), 2, size, { kind: 'spool', offset: 0 }, Buffer.from(hint));
  const most = 2 ** 26;
  add(new ObjectList(), most);
  const message = `a tree of ${most + 1} bytes, at most ${most} allowed`;
  t.throws(() => add(new ObjectList(), most + 1), { code: 'LIMIT', message });
  t.throws(() => add(new ObjectList(), most + 1, 'a/b'), {
    code: 'LIMIT',
    message: `a/b: ${message}`,
  });
  const many = new ObjectList();
  for (let count = 0; count < 8; count++) add(many, most);
  t.throws(() => add(many, 1), { code: 'LIMIT', message: `more than ${8 * most} bytes of trees` });
});
