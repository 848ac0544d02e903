// A path index that is damaged or foreign: said once, and not used.
import t from 'tap';
import {
  DEFAULT_LIMITS,
  decodePathIndexFooter,
  memorySource,
  openImage,
  PATH_INDEX_UNIT,
} from '#format';
import { mount, type TreeNode } from '../../guest/reader/index.ts';
import { generateImage } from '../fixtures/generated-image.ts';
import { walkImage } from '../fixtures/walk-image.ts';
import { withPathIndex } from '../fixtures/with-path-index.ts';
import { codeOf } from './node-tree.ts';

const PATHS = Array.from({ length: 1500 }, (_, i) => `folder-${i % 7}/file-${i}`);
const FOLDERS = Array.from({ length: 7 }, (_, i) => `folder-${i}`);
const plain = generateImage(PATHS);
const indexed = withPathIndex(plain);

/** Reads everything with the default reader; gives the warnings. */
function warningsOf(image: Uint8Array): string[] {
  const warnings: string[] = [];
  const fs = mount(memorySource(image), { onWarning: (message) => warnings.push(message) });
  for (let i = 0; i < 7; i++) {
    if (fs.list(`folder-${i}`).length !== (i < 2 ? 215 : 214)) t.fail(`list of folder-${i}`);
  }
  for (const path of PATHS) {
    if (Buffer.from(fs.get(path)).toString() !== path) t.fail(`another file than ${path}`);
    if (fs.size(path) !== path.length) t.fail(`size of ${path}`);
  }
  return warnings;
}

t.test('a sound one, and none', async (t) => {
  t.same(warningsOf(indexed), []);
  t.same(warningsOf(plain), []);
});

t.test('any byte of it damaged', async (t) => {
  let silent = 0;
  for (let at = plain.length; at < indexed.length; at += 499) {
    const image = Buffer.from(indexed);
    image[at] = (image[at] as number) ^ 0x20;
    const warnings = warningsOf(image);
    t.ok(warnings.length <= 1, 'said at most once');
    if (warnings.length === 0) silent += 1;
    else t.match(warnings[0], /^the path index is not used: [^\n]+$/);
  }
  t.ok(silent <= 1, `${silent} bytes unnoticed: only those of the magic say that there is none`);
});

t.test('any byte of it damaged, by nodes', async (t) => {
  let fallen = 0;
  for (let at = plain.length + 10; at < indexed.length; at += 997) {
    const image = Buffer.from(indexed);
    image[at] = (image[at] as number) ^ 0x20;
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const { nodes } = mount(memorySource(image), { onWarning });
    const found = new Map<string, { node: TreeNode; number: number }>();
    const pending = [{ node: nodes.root, path: '' }];
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      for (const { node, name, kind, size } of nodes.list(next.node)) {
        const path = `${next.path}${name}`;
        found.set(path, { node, number: nodes.number(node) });
        if (kind === 'directory') pending.push({ node, path: `${path}/` });
        else if (size !== path.length) t.fail(`size of ${path}`);
      }
    }
    t.same([...found.keys()].sort(), [...PATHS, ...FOLDERS].sort());
    // Those that were given before the index was given up are of use still.
    for (const path of PATHS) {
      const { node, number } = found.get(path) as { node: TreeNode; number: number };
      if (Buffer.from(nodes.view(node)).toString() !== path) t.fail(`another file than ${path}`);
      const same = codeOf(() => nodes.numbered(number)) ?? nodes.name(nodes.numbered(number));
      if (same === 'NOT_FOUND' && warnings.length > 0) continue;
      if (Buffer.from(same).toString() !== path.slice(path.indexOf('/') + 1)) t.fail(`of ${path}`);
    }
    t.ok(warnings.length <= 1, 'said at most once');
    fallen += warnings.length;
  }
  t.ok(fallen > 10, `${fallen} indexes given up`);
});

t.test('any byte of it damaged, by whole paths', async (t) => {
  // Of more bytes than are given at once.
  const long = generateImage(PATHS.map((path) => `${path}/${'x'.repeat(60)}`));
  const sound = withPathIndex(long);
  const whole = pathsOf(long, []);
  let fallen = 0;
  for (let at = long.length + 10; at < sound.length; at += 499) {
    const image = Buffer.from(sound);
    image[at] = (image[at] as number) ^ 0x20;
    const warnings: string[] = [];
    if (pathsOf(image, warnings) !== whole) t.fail(`other paths where byte ${at} is damaged`);
    t.ok(warnings.length <= 1, 'said at most once');
    fallen += warnings.length;
  }
  t.ok(fallen > 10, `${fallen} indexes given up`);
});

/** All paths of an image, by its default reader. */
function pathsOf(image: Uint8Array, warnings: string[]): string {
  const { nodes } = mount(memorySource(image), { onWarning: (text) => warnings.push(text) });
  let all = '';
  for (const piece of nodes.paths(nodes.root, Buffer.alloc(0), 10)) all += Buffer.from(piece);
  return all;
}

t.test('of another image', async (t) => {
  const other = generateImage(PATHS.map((path) => `${path}x`));
  const foreign = withPathIndex(other).subarray(other.length);
  const [warning] = warningsOf(Buffer.concat([plain, foreign]));
  t.match(warning, /belongs to another image/);
  t.throws(() => mount(memorySource(Buffer.concat([plain, foreign])), { reader: 'indexed' }), {
    code: 'BAD_INDEX',
  });
});

t.test('of another packing of the same commit', async (t) => {
  const { idxOffset } = openImage(memorySource(plain), DEFAULT_LIMITS);
  const image = Buffer.from(indexed);
  // The checksum of the PACK, in the IDX: another PACK of the same objects would differ there.
  const footer = decodePathIndexFooter(image.subarray(-PATH_INDEX_UNIT));
  const at = image.indexOf(footer.packChecksum, idxOffset);
  t.ok(at > idxOffset && at < plain.length);
  image[at] = (image[at] as number) ^ 1;
  t.match(warningsOf(image)[0], /belongs to another image/);
});

t.test('cut off', async (t) => {
  for (let end = plain.length; end < indexed.length; end += 4096) {
    t.same(warningsOf(indexed.subarray(0, end)), [], 'no footer, no index');
  }
  t.same(
    walkImage(() => mount(memorySource(plain), { reader: 'indexed' })),
    ['BAD_INDEX'],
  );
});
