// Generated sets of paths: what the path index says of each, beside the set itself and the trees.
import t, { type Test } from 'tap';
import {
  DEFAULT_LIMITS,
  type FormatError,
  MAX_PATH_KEY,
  memorySource,
  openImage,
  openPathIndex,
} from '#format';
import { mount } from '../../guest/reader/index.ts';
import { generateImage } from '../fixtures/generated-image.ts';
import { withPathIndex } from '../fixtures/with-path-index.ts';

/** A name of `length` bytes, any but NUL and slash, that differs from those of other numbers. */
function anyName(number: number, length: number): string {
  let state = number * 2654435761 + 1;
  const bytes = Array.from({ length }, () => {
    state = (state * 48271) % 2147483647;
    const byte = 1 + (state % 255);
    return byte === 0x2f ? 0x30 : byte;
  });
  return String.fromCharCode(...bytes);
}

function* wide(count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield `wide/file-${i * 7919}`;
}

function* anyNames(): Generator<string> {
  for (let length = 1; length <= 255; length++) {
    for (let i = 0; i < 8; i++)
      yield `${anyName(i % 3, 1 + (length % 5))}!/${anyName(length * 8 + i, length)}.`;
  }
}

/** Folders as deep as keys can be; what they share is longer than a block. */
function* deep(): Generator<string> {
  let folder = '';
  for (let depth = 0; folder.length < MAX_PATH_KEY - 600; depth++) {
    yield `${folder}file`;
    if (depth % 5 === 0) for (let i = 0; i < 30; i++) yield `${folder}${anyName(i, 200)}x`;
    folder += `${'d'.repeat(200)}${depth}/`;
  }
}

function* around(): Generator<string> {
  for (const name of ['a', 'a-b', 'a.b', 'a0', 'ab', 'a\x01', 'b', '\x01', '\xff', 'A']) {
    yield `x${name}`;
    yield `${name}/${name}`;
    yield `${name}/${name}${name}/${name}`;
  }
}

const SETS: Record<string, () => Iterable<string>> = {
  'no path at all': () => [],
  'one path': () => ['file'],
  'a thousand in one folder': () => wide(1000),
  'a hundred thousand in one folder': () => wide(100_000),
  'names of 1 to 255 bytes of any kind': anyNames,
  'deep folders': deep,
  'names around the separators': around,
};

function compare(t: Test, paths: readonly string[]): void {
  const image = withPathIndex(generateImage(paths));
  const fs = mount(memorySource(image), { reader: 'indexed' });
  const eager = mount(memorySource(image), { reader: 'eager' });
  const index = openPathIndex(openImage(memorySource(image), DEFAULT_LIMITS));
  const folders = new Map<string, Set<string>>([['', new Set()]]);
  for (const path of paths) {
    for (let name = path; name !== ''; ) {
      const parent = name.slice(0, Math.max(0, name.lastIndexOf('/')));
      const known = folders.get(parent) ?? new Set();
      folders.set(parent, known.add(name.slice(name.lastIndexOf('/') + 1)));
      name = parent;
    }
  }
  const count = [...folders.values()].reduce((sum, names) => sum + names.size, 0);
  t.equal(index?.footer.pathCount, count, 'number of paths');
  const step = Math.ceil(paths.length / 5000);
  for (let i = 0; i < paths.length; i += step) {
    const path = paths[i] as string;
    const bytes = Buffer.from(path, 'latin1');
    if (fs.exists(bytes) !== 'file') t.fail(`lost: ${path}`);
    if (fs.size(bytes) !== bytes.length) t.fail(`size of ${path}`);
    if (!bytes.equals(fs.get(bytes))) t.fail(`content of ${path}`);
    if (!Buffer.from(eager.digest(bytes)).equals(fs.digest(bytes))) t.fail(`digest of ${path}`);
    for (const absent of [`${path}x`, `${path}\x01`, path.slice(0, -1), `x/${path}`]) {
      const known = eager.exists(Buffer.from(absent, 'latin1'));
      if (fs.exists(Buffer.from(absent, 'latin1')) !== known) t.fail(`not absent: ${absent}`);
    }
  }
  for (const [folder, names] of folders) {
    const listed = fs.list(Buffer.from(folder, 'latin1'));
    const expected = [...names].sort();
    const found = listed.map(({ nameBytes }) => Buffer.from(nameBytes).toString('latin1'));
    if (found.join('\0') !== expected.join('\0')) t.same(found, expected, folder);
  }
}

for (const [name, paths] of Object.entries(SETS)) {
  t.test(name, async (t) => compare(t, [...paths()]));
}

t.test('a path longer than any key is refused, and read without an index', async (t) => {
  const path = `${`${'d'.repeat(250)}/`.repeat(80)}file`;
  const image = generateImage([path]);
  t.throws(() => withPathIndex(image), { name: 'FormatError', code: 'LIMIT' } as FormatError);
  t.equal(Buffer.from(mount(memorySource(image)).get(path)).toString(), path);
});

t.test('a look-up among 100,000 paths costs two reads of 4 KiB, opening costs two', async (t) => {
  const paths = Array.from({ length: 100_000 }, (_, i) => `folder-${i % 1000}/some/file-${i}.html`);
  const memory = memorySource(withPathIndex(generateImage(paths)));
  const reads: number[] = [];
  const source = {
    size: memory.size,
    window(offset: number, want: number) {
      reads.push(want);
      return memory.window(offset, want).subarray(0, want);
    },
  };
  const image = openImage(source, DEFAULT_LIMITS);
  reads.length = 0;
  openPathIndex(image);
  t.same(reads, [4096, 40], 'the root with its footer, and the checksums that it must match');
  for (let i = 0; i < paths.length; i += 9973) {
    const fs = mount(source, { reader: 'indexed' });
    reads.length = 0;
    t.equal(fs.exists(paths[i] as string), 'file');
    t.ok(reads.length <= 2 && Math.max(...reads) <= 4096, `${reads}`);
  }
});
