import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import {
  createInflater,
  DEFAULT_LIMITS,
  decodeSuperblock,
  ENTRY_OFS_DELTA,
  encodeTree,
  FormatError,
  hashObject,
  type Inflater,
  type Limits,
  MODE_FILE,
  MODE_TREE,
  memorySource,
  newSha1,
  OBJECT_BLOB,
  OBJECT_TREE,
  type Oid,
  openImage,
  type WalkedTrees,
} from '#format';
import { type FileSystem, mount } from '../../../../../guest/reader/index.ts';
import { ObjectReader } from '../../../../../guest/reader/pack/index.ts';
import { Forge } from '../../../../fixtures/forge.ts';
import {
  commitText,
  copy,
  delta,
  insert,
  sha1,
  treeEntry,
} from '../../../../fixtures/forge-bytes.ts';
import { generateImage } from '../../../../fixtures/generated-image.ts';
import { makeRepository, versionedFiles } from '../../../../fixtures/git.ts';
import { imageOfRepository } from '../../../../fixtures/git-image.ts';
import { HandmadeImage } from '../../../../fixtures/handmade-image.ts';

/** What the eager reader does without a walk: every tree by itself, looked up in JavaScript. */
const { openTreeWalk: _, ...oneByOne } = createInflater();

/** Every path with its kind and id; the code of what is wrong instead. */
function outcome(open: () => FileSystem): string[] {
  try {
    const fs = open();
    const lines: string[] = [];
    const pending = ['/'];
    for (let at = pending.pop(); at !== undefined && lines.length < 5000; at = pending.pop()) {
      for (const { name, kind } of fs.list(at)) {
        const path = `${at}${name}`;
        // By a forged IDX two ids lead to one tree, of which either is right.
        if (kind === 'directory') pending.push(`${path}/`);
        else lines.push(`${path} ${kind} ${Buffer.from(fs.digest(path)).toString('hex')}`);
      }
    }
    return lines;
  } catch (error) {
    if (error instanceof FormatError) return [error.code];
    throw error;
  }
}

function bothOutcomes(image: Uint8Array, limits: Limits = DEFAULT_LIMITS): [string[], string[]] {
  const open = (inflater: Inflater) =>
    outcome(() => mount(memorySource(image), { reader: 'eager', limits, inflater }));
  return [open(createInflater()), open(oneByOne)];
}

/** With deltas of trees among its objects, and directories that are one object. */
function repositoryImage(): Uint8Array {
  const repository = mkdtempSync(join(tmpdir(), 'docteur-walk-'));
  try {
    const files: Record<string, string> = { ...versionedFiles(40) };
    for (let i = 0; i < 30; i++) {
      for (let j = 0; j < 25; j++) files[`pages/${i}/page-${j}.md`] = `${j === i ? i : 'same'}`;
      files[`twins/${i}/a/b/c`] = 'twin';
    }
    makeRepository(repository, files);
    return imageOfRepository(repository, { packOptions: ['--window=30', '--delta-base-offset'] });
  } finally {
    rmSync(repository, { recursive: true });
  }
}

const image = repositoryImage();
const wide = generateImage(
  Array.from({ length: 9000 }, (_, i) => `wide/${'n'.repeat(i % 40)}${i}/${i % 7}`),
);

t.test('a walk finds what reading tree by tree finds', async (t) => {
  for (const bytes of [image, wide, generateImage(['one'])]) {
    const [walked, read] = bothOutcomes(bytes);
    t.strictSame(walked, read);
  }
  t.ok(
    bothOutcomes(wide)[0].length > 3000,
    'a tree larger than what is brought at once, with more directories',
  );
});

t.test('limits hold', async (t) => {
  for (const limits of [{ maxTreeSize: 500 }, { maxTreesSize: 9000 }, { maxTreesSize: 0 }]) {
    const [walked, read] = bothOutcomes(image, { ...DEFAULT_LIMITS, ...limits });
    t.strictSame(walked, ['LIMIT']);
    t.strictSame(read, ['LIMIT']);
  }
  const [walked, read] = bothOutcomes(image, { ...DEFAULT_LIMITS, maxTreeSize: 2 ** 32 });
  t.ok(walked.length > 500, 'a limit of more than 32 bits is none');
  t.strictSame(walked, read);
});

t.test('what many ids lead to is one directory, and is read once', async (t) => {
  const forge = new Forge();
  const file = forge.add('blob', Buffer.from('file'));
  const folder = Buffer.concat(
    Array.from({ length: 40 }, (_, i) => treeEntry('100644', `${i + 10}`, file)),
  );
  const packOffset = BigInt(forge.offsetOf(forge.add('tree', folder)));
  const oids = Array.from({ length: 500 }, (_, i) => sha1(Buffer.from(`${i}`)));
  const root = Buffer.concat(oids.map((oid, i) => treeEntry('40000', `${i + 100}`, oid)));
  forge.add('commit', commitText(forge.add('tree', root)));
  const aliases = oids.map((oid) => ({ oid, crc: 0, packOffset }));
  const forged = forge.build({
    count: 4 + oids.length,
    rows: (rows) => [...rows, ...aliases].sort((a, b) => Buffer.compare(a.oid, b.oid)),
  });
  const limits = { ...DEFAULT_LIMITS, maxTreesSize: root.length + folder.length };
  const [walked, read] = bothOutcomes(forged, limits);
  t.ok(walked.length > 1000);
  t.strictSame(walked, read);
});

t.test('trees in a crowd, beside an object that takes most of the PACK', async (t) => {
  const image = new HandmadeImage();
  const oid = image.add(OBJECT_BLOB, randomBytes(1 << 23));
  const entries = Array.from({ length: 2000 }, (_, i) => {
    const name = Buffer.from(`${i + 1000}`);
    return { mode: MODE_TREE, name, oid: image.addTree([{ mode: MODE_FILE, name, oid }]) };
  });
  const crowded = image.finish(image.addTree(entries));
  const [walked, read] = bothOutcomes(crowded);
  t.equal(walked.length, entries.length);
  t.strictSame(walked, read);
  const { pack, idx } = openImage(memorySource(crowded), DEFAULT_LIMITS);
  const walk = createInflater().openTreeWalk?.(pack, idx, DEFAULT_LIMITS, 2 ** 20);
  const root = hashObject(newSha1, OBJECT_TREE, encodeTree(entries));
  const trees = walk?.walk(root, {
    readTree: () => {
      throw new Error('left to others');
    },
  });
  t.equal(trees?.starts.length, 1 + entries.length, 'none of them is left to others');
});

/** Folders `from` to `to`, each with a tree of its own. */
function folders(image: HandmadeImage, file: Oid, from: number, to: number) {
  return Array.from({ length: to - from }, (_, i) => {
    const name = Buffer.from(`${from + i + 1000}`);
    return { mode: MODE_TREE, name, oid: image.addTree([{ mode: MODE_FILE, name, oid: file }]) };
  });
}

/**
 * A tree of folders, and trees like it that are deltas: of it, and of one another. With `below`, it is further
 * down than they are, so that it is found after them.
 */
function imageOfTreeDeltas(below: number): { image: Uint8Array; root: Oid; deltas: number } {
  const image = new HandmadeImage();
  const entries = folders(image, image.add(OBJECT_BLOB, Buffer.from('file')), 0, 300);
  let base = encodeTree(entries);
  let basePackOffset = image.addEntry(OBJECT_TREE, base, hashObject(newSha1, OBJECT_TREE, base));
  let first = hashObject(newSha1, OBJECT_TREE, base);
  for (let i = 0; i < below; i++) first = image.addTree([{ name: 'down', oid: first }]);
  const names = [{ name: '0', oid: first }];
  for (let step = 1; step <= 5; step++) {
    // All but its first folder, then the last one once more under another name.
    const { length } = encodeTree(entries.slice(0, 1));
    const last = { ...(entries[0] as (typeof entries)[0]), name: Buffer.from(`2${step}`) };
    const more = encodeTree([last]);
    const content = Buffer.concat([base.subarray(length), more]);
    const bytes = delta(
      base.length,
      content.length,
      copy(length, base.length - length),
      insert(more),
    );
    const oid = hashObject(newSha1, OBJECT_TREE, content);
    basePackOffset = image.addEntry(ENTRY_OFS_DELTA, bytes, oid, basePackOffset);
    names.push({ name: `${step}`, oid });
    base = content;
  }
  const root = image.addTree(names);
  return { image: image.finish(root), root, deltas: names.length - 1 };
}

/** What a walk finds, and how many trees it leaves to others. */
function countLeft(image: Uint8Array, root: Oid): { trees: WalkedTrees | undefined; left: number } {
  const { pack, idx } = openImage(memorySource(image), DEFAULT_LIMITS);
  const objects = new ObjectReader(pack, {
    inflater: createInflater(),
    limits: DEFAULT_LIMITS,
    cacheBytes: 2 ** 20,
    lookUp: (oid) => idx.lookUp(oid),
  });
  let left = 0;
  const trees = createInflater()
    .openTreeWalk?.(pack, idx, DEFAULT_LIMITS, 2 ** 20)
    ?.walk(root, {
      readTree(packOffset) {
        left += 1;
        return objects.readTree(packOffset);
      },
    });
  return { trees, left };
}

t.test('trees that are deltas of trees are not left to others', async (t) => {
  // With 2 and more, nobody knows their base when they are reached.
  for (const below of [0, 1, 2, 5]) {
    const { image, root, deltas } = imageOfTreeDeltas(below);
    const [walked, read] = bothOutcomes(image);
    t.equal(walked.length, 300 * (1 + deltas));
    t.strictSame(walked, read);
    const { trees, left } = countLeft(image, root);
    t.equal(trees?.starts.length, 2 + 300 + deltas + below);
    t.equal(left, 0, `with its base ${below} further down`);
  }
});

t.test('trees that are deltas of what is below them', async (t) => {
  const image = new HandmadeImage();
  const file = image.add(OBJECT_BLOB, Buffer.from('file'));
  let below = encodeTree([{ mode: MODE_FILE, name: Buffer.from('file'), oid: file }]);
  let oid = hashObject(newSha1, OBJECT_TREE, below);
  let packOffset = image.addEntry(OBJECT_TREE, below, oid);
  let size = below.length;
  const steps = 30;
  for (let step = 0; step < steps; step += 1) {
    // What is below, and its folder: each needs what only it leads to.
    const entry = encodeTree([{ mode: MODE_TREE, name: Buffer.from(`${step + 10}`), oid }]);
    const content = Buffer.concat([entry, below.subarray(below.length - size)]);
    const bytes = delta(
      below.length,
      content.length,
      insert(entry),
      copy(below.length - size, size),
    );
    oid = hashObject(newSha1, OBJECT_TREE, content);
    packOffset = image.addEntry(ENTRY_OFS_DELTA, bytes, oid, packOffset);
    below = content;
    size = encodeTree([{ mode: MODE_FILE, name: Buffer.from('file'), oid: file }]).length;
  }
  const finished = image.finish(oid);
  const [walked, read] = bothOutcomes(finished);
  t.equal(walked.length, steps + 1);
  t.strictSame(walked, read);
  const { trees, left } = countLeft(finished, oid);
  t.equal(left, steps, 'each is read by others');
  t.equal(trees?.starts.length, steps + 1);
  const sizes = Array.from(trees?.ends ?? [], (end, i) => end - (trees?.starts[i] ?? 0));
  const sum = sizes.reduce((sum, size) => sum + size, 0);
  t.equal(trees?.bytes.length, sum, 'and no tree is taken twice');
});

t.test('a tree that others read is not taken again when its base comes', async (t) => {
  const image = new HandmadeImage();
  const file = image.add(OBJECT_BLOB, Buffer.from('file'));
  const entry = (mode: number, name: string, oid: Oid) =>
    encodeTree([{ mode, name: Buffer.from(name), oid }]);
  const last = entry(MODE_FILE, 'z', file);
  /** Made from the last entry of another tree. */
  const addDelta = (base: Uint8Array, basePackOffset: number, more: Uint8Array) => {
    const content = Buffer.concat([more, last]);
    const from = base.length - last.length;
    const bytes = delta(base.length, content.length, insert(more), copy(from, last.length));
    const oid = hashObject(newSha1, OBJECT_TREE, content);
    image.addEntry(ENTRY_OFS_DELTA, bytes, oid, basePackOffset);
    return oid;
  };
  // One folder holds another, from which it is made, and one that still waits when that other is decoded.
  const deepest = last;
  const deepestOid = hashObject(newSha1, OBJECT_TREE, deepest);
  const waiting = addDelta(
    deepest,
    image.addEntry(OBJECT_TREE, deepest, deepestOid),
    entry(MODE_FILE, 'a', file),
  );
  const inner = Buffer.concat([entry(MODE_TREE, 'deepest', deepestOid), last]);
  const innerOid = hashObject(newSha1, OBJECT_TREE, inner);
  const more = Buffer.concat([entry(MODE_TREE, 'b', innerOid), entry(MODE_TREE, 'c', waiting)]);
  const outer = addDelta(inner, image.addEntry(OBJECT_TREE, inner, innerOid), more);
  const root = image.addTree([{ name: 'outer', oid: outer }]);
  const finished = image.finish(root);
  const [walked, read] = bothOutcomes(finished);
  t.equal(walked.length, 5);
  t.strictSame(walked, read);
  const { trees, left } = countLeft(finished, root);
  t.equal(left, 1);
  t.equal(trees?.starts.length, 5);
  const sum = Array.from(trees?.ends ?? [], (end, i) => end - (trees?.starts[i] ?? 0));
  t.equal(
    trees?.bytes.length,
    sum.reduce((sum, size) => sum + size, 0),
  );
});

t.test('deltas of trees that make no sense are refused as single trees are', async (t) => {
  const room = 40;
  const codes: Record<string, string | undefined> = {};
  const forge = (name: string, make: (base: Uint8Array) => Uint8Array, moved = 0) => {
    const image = new HandmadeImage();
    const file = image.add(OBJECT_BLOB, Buffer.from('file'));
    const content = encodeTree(folders(image, file, 0, room));
    const oid = hashObject(newSha1, OBJECT_TREE, content);
    const base = image.addEntry(OBJECT_TREE, content, oid);
    const other = sha1(Buffer.from(name));
    image.addEntry(ENTRY_OFS_DELTA, make(content), other, base - moved);
    const names = [
      { name: '0', oid },
      { name: '1', oid: other },
    ];
    const limits = { ...DEFAULT_LIMITS, maxTreeSize: 4 * content.length };
    const [walked, read] = bothOutcomes(image.finish(image.addTree(names)), limits);
    t.strictSame(walked, read, name);
    codes[name] = walked.length === 1 ? walked[0] : undefined;
  };
  const all = ({ length }: Uint8Array) => copy(0, length);
  forge('the same', (base) => delta(base.length, base.length, all(base)));
  forge('another base', (base) => delta(base.length + 1, base.length, all(base)));
  forge('beyond the base', (base) => delta(base.length, base.length, copy(1, base.length)));
  forge('too short', (base) => delta(base.length, base.length + 1, all(base)));
  forge('too long', (base) => delta(base.length, base.length - 1, all(base)));
  forge('half an entry', (base) => delta(base.length, 30, copy(0, 30)));
  forge('too large', (base) => delta(base.length, 5 * base.length, ...Array(5).fill(all(base))));
  forge('huge', (base) => delta(base.length, 2 ** 40, all(base)));
  forge('no delta', () => Buffer.of(1));
  forge('between two entries', (base) => delta(base.length, base.length, all(base)), 1);
  forge('before the PACK', (base) => delta(base.length, base.length, all(base)), 2 ** 33);
  t.equal(codes['the same'], undefined);
  const refused = Object.entries(codes).filter(([, code]) => code !== undefined);
  t.equal(refused.length, Object.keys(codes).length - 1, 'all others are refused');
});

const NOT_FOUND = new Set(['BAD_IDX', 'MISSING_OBJECT']);

/** Whether the ids in the IDX ascend. */
function hasOrder(forged: Uint8Array): boolean {
  const { idx } = openImage(memorySource(forged), DEFAULT_LIMITS);
  for (let row = 1; row < idx.count; row++) {
    if (Buffer.compare(idx.oidOf(row - 1), idx.oidOf(row)) >= 0) return false;
  }
  return true;
}

t.test('what is wrong is said as it is of single trees', async (t) => {
  const { idxOffset } = decodeSuperblock(image);
  const { idx } = openImage(memorySource(image), DEFAULT_LIMITS);
  const idxSize = idx.loadSize;
  const place = fc.oneof(
    fc.nat(image.length - 1),
    fc.integer({ min: 28 + 12, max: 28 + 3000 }),
    fc.integer({ min: idxOffset + 8, max: idxOffset + idxSize - 1 }),
    fc.integer({ min: idxOffset + idxSize - 500, max: idxOffset + idxSize - 1 }),
  );
  const changes = fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 6 });
  const property = fc.property(changes, (list) => {
    const forged = image.slice();
    for (const [at, byte] of list) forged[at] = byte;
    const [walked, read] = bothOutcomes(forged);
    if (JSON.stringify(walked) === JSON.stringify(read)) return true;
    // Ids out of their order are not searched in the same way: one may find what the other misses.
    return !hasOrder(forged) && [walked[0], read[0]].some((code) => NOT_FOUND.has(`${code}`));
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 400 }));
});

t.test('offsets beyond 2 GiB come from their own table, where it has them', async (t) => {
  const { idxOffset } = decodeSuperblock(image);
  const { idx } = openImage(memorySource(image), DEFAULT_LIMITS);
  const { count } = idx;
  const offsetsAt = idxOffset + 8 + 1024 + 24 * count;
  // The same offsets, all of them in the table of 64 bits.
  const rows = Buffer.alloc(12 * count);
  for (let row = 0; row < count; row++) {
    rows.writeUInt32BE(0x80000000 + row, 4 * row);
    rows.writeBigUInt64BE(BigInt(idx.packOffsetOf(row)), 4 * count + 8 * row);
  }
  const trailer = Buffer.alloc(40);
  const forged = Buffer.concat([image.subarray(0, offsetsAt), rows, trailer]);
  t.strictSame(bothOutcomes(forged)[0], bothOutcomes(image)[0]);
  forged.fill(0xff, offsetsAt, offsetsAt + 4 * count);
  t.strictSame(bothOutcomes(forged), [['BAD_IDX'], ['BAD_IDX']]);
});
