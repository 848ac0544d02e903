import type { Test } from 'tap';
import { FormatError, MODE_FILE, OBJECT_BLOB, oidToHex } from '#format';
import {
  type FileSystem,
  FsError,
  type FsErrorCode,
  type NodeTree,
  type TreeNode,
} from '../../guest/reader/index.ts';
import type { GitPath } from '../fixtures/git-paths.ts';
import { HandmadeImage } from '../fixtures/handmade-image.ts';
import type { Mount } from './file-system.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const toLatin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** The code of the FsError that `call` throws. */
export function codeOf(call: () => unknown): FsErrorCode | undefined {
  try {
    call();
  } catch (error) {
    if (error instanceof FsError) return error.code;
    throw error;
  }
  return undefined;
}

/** The node at a path, name by name. */
function walkTo(nodes: NodeTree, path: string): TreeNode {
  return path
    .split('/')
    .reduce((node, name) => nodes.child(node, latin1(name)) as TreeNode, nodes.root);
}

/** The contract of the nodes of every reader: `expected` is what git says of every path. */
export function testNodes(
  t: Test,
  fs: Pick<FileSystem, 'nodes' | 'get'>,
  expected: ReadonlyMap<string, GitPath>,
): void {
  const { nodes } = fs;
  t.test('every node is what git says of its path', async (t) => {
    const seen = new Map<number, string>();
    const paths: string[] = [];
    const pending: { node: TreeNode; path: string }[] = [{ node: nodes.root, path: '' }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      let last = -1;
      for (const { node, nameBytes, kind, size } of nodes.list(next.node)) {
        const path = `${next.path}${toLatin1(nameBytes)}`;
        const known = expected.get(path);
        paths.push(path);
        const content = kind === 'directory' || kind === 'submodule' ? '' : known?.content;
        if (kind !== known?.kind) t.equal(kind, known?.kind, path);
        if (size !== content?.length) t.equal(size, content?.length, `size of ${path}`);
        if (nodes.kind(node) !== kind || nodes.size(node) !== size) t.fail(`kind, size of ${path}`);
        if (toLatin1(nodes.name(node)) !== toLatin1(nameBytes)) t.fail(`name of ${path}`);
        if (oidToHex(nodes.id(node)) !== known?.oid) t.fail(`id of ${path}`);
        if (kind === 'link' && !known?.content.equals(nodes.target(node))) t.fail(`link ${path}`);
        if (kind === 'file' || kind === 'executable') {
          if (!known?.content.equals(nodes.view(node))) t.fail(`view of ${path}`);
          if (!known?.content.equals(nodes.read(node))) t.fail(`content of ${path}`);
          const [at, id] = [nodes.place(node), nodes.id(node)];
          if (!known?.content.equals(nodes.viewAt(at, id))) t.fail(`place of ${path}`);
          const part = known?.content.subarray(1, 4);
          if (!part?.equals(nodes.viewAt(at, id, 1, 3))) t.fail(`part at the place of ${path}`);
        }
        const place = nodes.place(node);
        if (kind === 'submodule' ? place !== 0 : !(place > 0)) t.fail(`place of ${path}`);
        const number = nodes.number(node);
        if (seen.has(number)) t.fail(`${path} and ${seen.get(number)} have one number`);
        seen.set(number, path);
        if (!(Number.isSafeInteger(number) && number > 1)) t.fail(`${number} of ${path}`);
        if (number === last) t.fail(`${path} twice`);
        last = number;
        if (kind === 'directory') pending.push({ node, path: `${path}/` });
      }
    }
    t.same(paths.sort(), [...expected.keys()].sort());
    const given: string[] = [];
    for (const piece of nodes.paths(nodes.root, latin1('at/'), 0)) {
      given.push(...toLatin1(piece).split('\0').slice(0, -1));
    }
    // A slash sorts before all that a name can go on with.
    const inOrder = [...expected.keys()].map((path) => path.replaceAll('/', '\0')).sort();
    t.same(
      given,
      inOrder.map((path) => `at/${path.replaceAll('\0', '/')}`),
    );
    // Asked for in another order than they were given.
    for (const [number, path] of [...seen].reverse()) {
      const node = nodes.numbered(number);
      if (nodes.number(node) !== number) t.equal(nodes.number(node), number, path);
      if (oidToHex(nodes.id(node)) !== expected.get(path)?.oid) t.fail(`by number: ${path}`);
      if (toLatin1(nodes.name(node)) !== path.slice(path.lastIndexOf('/') + 1)) t.fail(path);
      if (nodes.number(walkTo(nodes, path)) !== number) t.fail(`another number for ${path}`);
    }
    t.equal(nodes.number(nodes.root), 1);
    t.equal(nodes.kind(nodes.numbered(1)), 'directory');
  });

  t.test('numbers that no node has', async (t) => {
    const highest = Math.max(...[...nodes.list(nodes.root)].map(({ node }) => nodes.number(node)));
    // Fractions of a row can be whole bytes of a record.
    const fractions = Array.from({ length: 240 }, (_, i) => 2 + (i + 1) / 12).filter(
      (number) => !Number.isInteger(number),
    );
    const others = [0, -1, 1.5, Number.NaN, highest + 2 ** 20, 2 ** 52, 2 ** 53];
    for (const number of [...fractions, ...others]) {
      t.equal(
        codeOf(() => nodes.numbered(number)),
        'NOT_FOUND',
        `${number}`,
      );
    }
  });

  t.test('children', async (t) => {
    const { root } = nodes;
    t.equal(toLatin1(nodes.view(walkTo(nodes, 'a/b/c'))), 'c\n');
    for (const name of [
      '',
      '.',
      '..',
      '/',
      'a/b',
      'a\0b',
      '\0',
      'absent',
      'README',
      'README.mdx',
    ]) {
      t.equal(nodes.child(root, latin1(name)), undefined, JSON.stringify(name));
    }
    const file = walkTo(nodes, 'README.md');
    for (const node of [file, walkTo(nodes, 'module'), walkTo(nodes, 'to-directory')]) {
      t.equal(
        codeOf(() => nodes.child(node, latin1('c'))),
        'NOT_A_DIRECTORY',
      );
      t.equal(
        codeOf(() => nodes.list(node)),
        'NOT_A_DIRECTORY',
      );
      t.equal(
        codeOf(() => nodes.entries(node)),
        'NOT_A_DIRECTORY',
      );
    }
    for (const node of [root, walkTo(nodes, 'module'), walkTo(nodes, 'to-file')]) {
      t.equal(
        codeOf(() => nodes.read(node)),
        'NOT_A_FILE',
      );
      t.equal(
        codeOf(() => nodes.view(node, 0, 1)),
        'NOT_A_FILE',
      );
    }
    for (const node of [root, file])
      t.equal(
        codeOf(() => nodes.target(node)),
        'NOT_A_LINK',
      );
    t.equal(nodes.size(root) + nodes.size(walkTo(nodes, 'module')), 0);
    t.equal(nodes.name(root).length, 0);
  });

  t.test('find follows the last link or not', async (t) => {
    t.equal(nodes.kind(nodes.find('to-directory')), 'directory');
    t.equal(nodes.kind(nodes.find('to-directory', false)), 'link');
    t.equal(nodes.kind(nodes.find('to-directory/', false)), 'directory', 'a slash asks for it');
    t.equal(toLatin1(nodes.target(nodes.find('to-directory/up', false))), '../../README.md');
    t.equal(toLatin1(nodes.target(nodes.find('loop-1', false))), 'loop-2');
    t.equal(nodes.number(nodes.find('a/b/c')), nodes.number(nodes.find('to-directory/c')));
    t.equal(
      codeOf(() => nodes.find('absent', false)),
      'NOT_FOUND',
    );
    t.equal(
      codeOf(() => nodes.find('../README.md', false)),
      'INVALID_PATH',
    );
    t.equal(nodes.find('/'), nodes.root);
  });

  t.test('a list goes on behind any name', async (t) => {
    for (const folder of ['wide', 'a', '']) {
      const directory = folder === '' ? nodes.root : walkTo(nodes, folder);
      const names = [...nodes.list(directory)].map(({ nameBytes }) => toLatin1(nameBytes));
      t.same(
        nodes.entries(directory).map(({ nameBytes }) => toLatin1(nameBytes)),
        names,
      );
      const others = ['', '\x01', '\xff\xff', 'page-1', 'page-299.html!', 'page-2', 'foo/', 'm'];
      for (const after of [...names, ...others]) {
        const listed = [...nodes.list(directory, latin1(after))].map(({ nameBytes }) =>
          toLatin1(nameBytes),
        );
        const wanted = names.filter((name) => Buffer.compare(latin1(name), latin1(after)) > 0);
        if (listed.join('\0') !== wanted.join('\0')) t.same(listed, wanted, `after ${after}`);
      }
      t.ok(names.length > 0);
    }
  });

  t.test('what is given belongs to the caller', async (t) => {
    const node = walkTo(nodes, 'versions/3.txt');
    nodes.read(node).fill(0);
    nodes.read(node, 5, 10).fill(0);
    nodes.id(node).fill(0);
    nodes.name(node).fill(0);
    for (const entry of nodes.list(walkTo(nodes, 'versions'))) entry.nameBytes.fill(0);
    t.ok(expected.get('versions/3.txt')?.content.equals(nodes.view(node)));
    t.equal(oidToHex(nodes.id(node)), expected.get('versions/3.txt')?.oid);
    t.equal(toLatin1(nodes.name(node)), '3.txt');
    t.ok(expected.get('versions/3.txt')?.content.equals(fs.get(latin1('versions/3.txt'))));
  });

  t.test('parts', async (t) => {
    for (const path of ['README.md', 'empty', 'versions/big-2', 'big']) {
      const node = walkTo(nodes, path);
      const content = expected.get(path)?.content as Buffer;
      for (const [offset, length] of [
        [0, 5],
        [3, 100_000],
        [content.length, 5],
        [2 ** 40, 5],
        [1, undefined],
      ] as const) {
        const wanted = content.subarray(offset, length && offset + length);
        t.ok(wanted.equals(nodes.view(node, offset, length)), `${path} ${offset} ${length}`);
        t.ok(wanted.equals(nodes.read(node, offset, length)), `${path} ${offset} ${length}`);
      }
      for (const offset of [-1, 0.5, Number.NaN]) {
        t.throws(() => nodes.view(node, offset, 1), RangeError);
        t.throws(() => nodes.read(node, 0, offset), RangeError);
      }
    }
  });
}

/** The contract of open files. */
export function testHandles(
  t: Test,
  fs: Pick<FileSystem, 'open'>,
  expected: ReadonlyMap<string, GitPath>,
): void {
  t.test('open files', async (t) => {
    for (const path of ['README.md', 'bin/run', 'empty', 'versions/7.txt', 'big']) {
      const { kind, oid, content } = expected.get(path) as GitPath;
      const file = fs.open(path);
      t.equal(file.kind, kind);
      t.equal(file.mode.toString(8), kind === 'executable' ? '100755' : '100644');
      t.equal(file.size, content.length);
      t.equal(oidToHex(file.id), oid);
      file.id.fill(0);
      file.read().fill(0);
      file.read(2, 3).fill(0);
      t.ok(content.equals(file.view()), path);
      t.ok(content.equals(file.read()), path);
      t.ok(content.subarray(2, 9).equals(file.read(2, 7)), path);
      t.ok(content.subarray(7).equals(file.view(7)), path);
      t.throws(() => file.read(-1), RangeError);
      file.close();
      file.close();
      for (const call of [() => file.read(), () => file.view(0, 1), () => file.id]) {
        t.throws(call, { name: 'TypeError', message: `${path}: the file was closed` });
      }
    }
    t.equal(toLatin1(fs.open('to-file').view()), 'Hello World!\n', 'links are followed');
    // Two at once do not disturb each other.
    const [one, two] = [fs.open('big'), fs.open('versions/big-1')];
    const [first, second] = [expected.get('big'), expected.get('versions/big-1')];
    for (let at = 0; at < 1_500_000; at += 300_001) {
      t.ok(first?.content.subarray(at, at + 1000).equals(one.read(at, 1000)));
      t.ok(second?.content.subarray(at, at + 1000).equals(two.read(at, 1000)));
    }
    for (const path of ['a', '/', 'module'])
      t.equal(
        codeOf(() => fs.open(path)),
        'NOT_A_FILE',
      );
    t.equal(
      codeOf(() => fs.open('absent')),
      'NOT_FOUND',
    );
    t.equal(
      codeOf(() => fs.open('README.md/')),
      'NOT_A_DIRECTORY',
    );
    t.equal(
      codeOf(() => fs.open('../README.md')),
      'INVALID_PATH',
    );
  });
}

/** Nodes of equal folders within each other: the same tree at several paths, each with its own number. */
export function testNested(t: Test, mount: Mount): void {
  t.test('one tree at several paths', async (t) => {
    const image = new HandmadeImage();
    const oid = image.add(OBJECT_BLOB, Buffer.from('content'));
    let tree = image.addTree([{ mode: MODE_FILE, name: 'file', oid }]);
    for (let i = 0; i < 4; i++) {
      tree = image.addTree([
        { name: 'l', oid: tree },
        { name: 'r', oid: tree },
      ]);
    }
    const { nodes } = mount(image.finish(tree));
    const numbers = new Map<number, string>();
    const pending = [{ node: nodes.root, path: '' }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const { node, name, kind } of nodes.list(next.node)) {
        const path = `${next.path}/${name}`;
        numbers.set(nodes.number(node), path);
        if (kind === 'directory') pending.push({ node, path });
      }
    }
    t.equal(numbers.size, 2 + 4 + 8 + 16 + 16);
    for (const [number, path] of numbers) {
      t.equal(nodes.number(nodes.find(path)), number);
      const up = path.split('/').at(-1);
      t.equal(toLatin1(nodes.name(nodes.numbered(number))), up);
    }
  });
  t.test('a tree with the same name twice is refused', async (t) => {
    const image = new HandmadeImage();
    const oid = image.add(OBJECT_BLOB, Buffer.from('x'));
    const entry = { mode: MODE_FILE, name: 'twice', oid };
    t.throws(() => {
      const { nodes } = mount(image.finish(image.addTree([entry, entry])));
      return [...nodes.list(nodes.root)];
    }, FormatError);
  });
}
