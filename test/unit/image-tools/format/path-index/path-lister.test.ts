// Paths as the leaves give them: what a walk from folder to folder finds, in the same order, of any index.
import fc from 'fast-check';
import t from 'tap';
import { DEFAULT_LIMITS, FormatError, KINDS, keyOf, memorySource, ROOT_PREFIX } from '#format';
import { mount, type NodeTree } from '../../../../../guest/reader/index.ts';
import { walkNodes } from '../../../../../image-tools/look/walk-nodes.ts';
import { forgePathIndex, type IndexRow } from '../../../../fixtures/forged-path-index.ts';
import { sample } from '../../../../fixtures/forged-sample.ts';
import { generateImage } from '../../../../fixtures/generated-image.ts';
import { withPathIndex } from '../../../../fixtures/with-path-index.ts';

const SLASH = 0x2f;
const image = sample();
const FILE = { kind: 0, packOffset: 12, rank: 0, size: 13, submodule: undefined };
const FOLDER = { ...FILE, kind: KINDS.indexOf('directory') };

type Paths = string[] | string;

/** Paths, or the code of the error that ends them. */
function attempt(collect: () => Iterable<string>): Paths {
  try {
    return [...collect()];
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

function listed(nodes: NodeTree, directory = nodes.root, shown = ''): Paths {
  return attempt(function* () {
    for (const piece of nodes.paths(directory, Buffer.from(shown, 'latin1'), 0)) {
      yield* Buffer.from(piece).toString('latin1').split('\0').slice(0, -1);
    }
  });
}

function walked(nodes: NodeTree, node = nodes.root, shown = ''): Paths {
  const start = { path: Buffer.from(shown, 'latin1'), node };
  return attempt(function* () {
    for (const { path } of walkNodes(nodes, start)) yield Buffer.from(path).toString('latin1');
  });
}

/** The reader of an index alone, whatever it says. */
function forged(rows: readonly IndexRow[], limits = DEFAULT_LIMITS): NodeTree {
  const section = forgePathIndex(image, rows);
  return mount(memorySource(Buffer.concat([image, section])), { reader: 'indexed', limits }).nodes;
}

t.test('folders of all sizes, by the leaf and by many', async (t) => {
  const paths = [
    ...Array.from({ length: 3000 }, (_, i) => `large/file-${i}`),
    ...Array.from({ length: 300 }, (_, i) => `large/below-${i}/one`),
    ...Array.from({ length: 900 }, (_, i) => `many/${i % 30}/${i % 7}/${i}`),
    `${'deep/'.repeat(200)}file`,
    `long/${'x'.repeat(9000)}/${'y'.repeat(5000)}`,
    'a/b',
    'a-b',
    'a.b/c',
    'a0',
    '\xff\xff\xff/\xff\xff',
    '\xff\xff/x',
  ];
  const plain = generateImage(paths);
  const { nodes } = mount(memorySource(withPathIndex(plain)), { reader: 'indexed' });
  const all = listed(nodes);
  t.same(all, walked(nodes));
  t.same(listed(mount(memorySource(plain), { reader: 'lazy' }).nodes), all);
  for (const path of ['large', 'many/7', 'long', `${'deep/'.repeat(199)}deep`]) {
    const node = nodes.find(path);
    t.same(listed(nodes, node, 'shown/'), walked(nodes, node, 'shown'), path);
  }
  t.throws(() => nodes.paths(nodes.find('a/b'), Buffer.alloc(0), 0), { code: 'NOT_A_DIRECTORY' });
});

t.test('any folders', async () => {
  const name = fc.string({ unit: fc.constantFrom(...'ab-.0~\xff'), minLength: 1, maxLength: 3 });
  const path = fc.array(
    name.filter((text) => text !== '.' && text !== '..'),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 60 }), (all) => {
      // What is a folder to some is no file.
      const texts = new Set(all.map((names) => names.join('/')));
      const files = [...texts].filter((a) => ![...texts].some((b) => b.startsWith(`${a}/`)));
      const plain = withPathIndex(generateImage(files));
      const { nodes } = mount(memorySource(plain), { reader: 'indexed' });
      const [one, other] = [listed(nodes), walked(nodes)];
      return JSON.stringify(one) === JSON.stringify(other) && Array.isArray(one);
    }),
    { numRuns: 60 },
  );
});

t.test('any rising keys: as a walk by look-ups has it, or the same error', async () => {
  const key = fc.array(fc.constantFrom(0, 0, 0x61, 0x62, 0x2e, SLASH, 0xff), {
    minLength: 1,
    maxLength: 9,
  });
  const rows = fc.array(fc.tuple(key, fc.boolean()), { maxLength: 60 }).map((all) => {
    const known = new Map(
      all.map(([bytes, isFolder]) => [Buffer.from(bytes).toString('latin1'), isFolder]),
    );
    const keys = [...known.keys()].sort();
    return keys.map(
      (text): IndexRow => [Buffer.from(text, 'latin1'), known.get(text) ? FOLDER : FILE],
    );
  });
  fc.assert(
    fc.property(rows, (all) => {
      const nodes = forged(all);
      return JSON.stringify(listed(nodes)) === JSON.stringify(walked(nodes));
    }),
    { numRuns: 500 },
  );
});

t.test('names that no tree could hold', async (t) => {
  for (const name of ['a/b', '.', '..', '/', 'a\0b']) {
    const key = keyOf(ROOT_PREFIX, Buffer.from(name, 'latin1'));
    t.equal(listed(forged([[key, FILE]])), 'BAD_INDEX', JSON.stringify(name));
  }
});

t.test('folders without end', async (t) => {
  const rows = Array.from({ length: 30 }, (_, depth): IndexRow => {
    return [Buffer.from(`${'d\0'.repeat(depth)}\0d`), FOLDER];
  }).sort(([a], [b]) => Buffer.compare(a, b));
  t.equal((listed(forged(rows)) as string[]).length, 30);
  t.equal(listed(forged(rows, { ...DEFAULT_LIMITS, maxTreeDepth: 20 })), 'LIMIT');
});
