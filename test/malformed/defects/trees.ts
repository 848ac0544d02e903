import type { Row } from '../../fixtures/forge.ts';
import { objectId, treeEntry } from '../../fixtures/forge-bytes.ts';
import { README, sample } from '../../fixtures/forged-sample.ts';
import type { Defect } from './defect.ts';

const EMPTY = objectId('blob', Buffer.alloc(0));
type Entry = (blob: Buffer) => Buffer;
const rootWith = (entries: readonly Entry[]) => ({
  content: (sound: Buffer, blob: Buffer) => Buffer.concat([sound, ...entries.map((e) => e(blob))]),
});
/** Entries behind those of the root. */
const more =
  (...entries: Entry[]) =>
  () =>
    sample({ root: rootWith(entries) });
/** The same, in a PACK with an empty tree, which the folder `z` is. */
const moreWithFolder =
  (...entries: Entry[]) =>
  () =>
    sample({ more: (forge) => forge.add('tree', Buffer.alloc(0)), root: rootWith(entries) });
const folderZ: Entry = () => treeEntry('40000', 'z', objectId('tree', Buffer.alloc(0)));
const named =
  (name: string, mode = '100644') =>
  (blob: Buffer) =>
    treeEntry(mode, name, blob);
const docs = (content: (blob: Buffer) => Buffer) => () => sample({ docs: { content } });
const FORGED = Buffer.alloc(20, 0x77);
/** The folder `docs`, and an IDX that gives the forged id its place. */
const DOCS = treeEntry('100644', 'a.txt', objectId('blob', README));
function shareOffset(rows: Row[]): Row[] {
  const isDocs = ({ oid }: Row) => objectId('tree', DOCS).equals(oid);
  const { packOffset } = rows.find(isDocs) as Row;
  return rows.map((row) => (FORGED.equals(row.oid) ? { ...row, packOffset } : row));
}

export const TREES: readonly Defect[] = [
  { name: 'a name twice', lazy: 'BAD_TREE', image: more(named('z'), named('z')) },
  {
    name: 'a name twice, as file and folder',
    lazy: 'BAD_TREE',
    image: moreWithFolder(named('z'), named('z.c'), folderZ),
  },
  {
    name: 'a name twice, far from each other',
    lazy: 'BAD_TREE',
    image: more(named('zz'), named('z'), named('zz')),
  },
  { name: 'names in the wrong order', lazy: 'unseen', image: more(named('zz'), named('z')) },
  {
    name: 'a folder sorted as if it were a file',
    lazy: 'unseen',
    image: moreWithFolder(folderZ, named('z.c')),
  },
  { name: 'an empty name', lazy: 'BAD_TREE', image: docs((blob) => named('')(blob)) },
  { name: 'the name .', lazy: 'BAD_TREE', image: docs(named('.')) },
  { name: 'the name ..', lazy: 'BAD_TREE', image: docs(named('..')) },
  { name: 'a name with a /', lazy: 'BAD_TREE', image: docs(named('a/b')) },
  { name: 'the name /', lazy: 'BAD_TREE', image: docs(named('/')) },
  { name: 'a name of 5,000 bytes', lazy: 'unseen', image: more(named('z'.repeat(5000))) },
  {
    name: 'a name of 70,000 bytes',
    lazy: 'LIMIT',
    image: more(named('z'.repeat(70_000))),
  },
  { name: 'mode 0', lazy: 'BAD_TREE', image: docs(named('a', '0')) },
  { name: 'mode 170000', lazy: 'BAD_TREE', image: docs(named('a', '170000')) },
  { name: 'mode 100600', lazy: 'unseen', image: more(named('z', '100600')) },
  { name: 'mode 10000000100644', lazy: 'BAD_TREE', image: docs(named('a', '10000000100644')) },
  { name: 'mode of other digits', lazy: 'BAD_TREE', image: docs(named('a', '10064x')) },
  { name: 'no mode', lazy: 'BAD_TREE', image: docs(named('a', '')) },
  {
    name: 'a tree cut inside an id',
    lazy: 'BAD_TREE',
    image: docs((blob) => named('a')(blob.subarray(0, 19))),
  },
  {
    name: 'a tree cut inside a name',
    lazy: 'BAD_TREE',
    image: docs(() => Buffer.from('100644 abc')),
  },
  { name: 'a tree cut inside a mode', lazy: 'BAD_TREE', image: docs(() => Buffer.from('1006')) },
  {
    name: 'a byte behind the last entry',
    lazy: 'BAD_TREE',
    image: docs((blob) => Buffer.concat([named('a')(blob), Buffer.from('1')])),
  },
  {
    name: 'a file that is not there',
    lazy: 'MISSING_OBJECT',
    image: docs(() => named('a')(EMPTY)),
  },
  {
    name: 'a folder that is not there',
    lazy: 'MISSING_OBJECT',
    image: docs(() => named('a', '40000')(EMPTY)),
  },
  {
    name: 'a link that is not there',
    lazy: 'MISSING_OBJECT',
    image: docs(() => named('a', '120000')(EMPTY)),
  },
  {
    name: 'a file that is a folder',
    lazy: 'WRONG_TYPE',
    image: () =>
      sample({
        more: (forge) => forge.add('tree', Buffer.alloc(0)),
        root: {
          content: (sound) =>
            Buffer.concat([sound, treeEntry('100644', 'z', objectId('tree', Buffer.alloc(0)))]),
        },
      }),
  },
  { name: 'a folder that is a file', lazy: 'WRONG_TYPE', image: more(named('z', '40000')) },
  {
    name: 'a folder that contains itself, by a forged id',
    lazy: 'LIMIT',
    checked: 'BAD_HASH',
    analyze: 'MISSING_OBJECT',
    verify: 'BAD_HASH',
    image: () =>
      sample({
        more: (forge) => forge.add('tree', treeEntry('40000', 'a', FORGED), { oid: FORGED }),
        root: { content: (sound) => Buffer.concat([sound, treeEntry('40000', 'z', FORGED)]) },
      }),
  },
  {
    name: 'a folder under two ids, by a forged IDX',
    lazy: 'unseen',
    checked: 'BAD_HASH',
    analyze: 'MISSING_OBJECT',
    verify: 'BAD_IDX',
    image: () =>
      sample({
        more: (forge) => forge.add('tree', DOCS, { oid: FORGED }),
        root: { content: (sound) => Buffer.concat([sound, treeEntry('40000', 'z', FORGED)]) },
        image: { rows: shareOffset },
      }),
  },
];
