// Extraction under attack: images whose names and links lead out, and neighbours who change the folder
// meanwhile. Nothing outside the folder is ever touched.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import t from 'tap';
import { openImageFile } from '../../../../guest/host/index.ts';
import type { NodeTree } from '../../../../guest/reader/index.ts';
import {
  descriptorFolder,
  forgetDescriptorPaths,
} from '../../../../image-tools/files/folder-handle.ts';
import { withStaging } from '../../../../image-tools/files/staging.ts';
import { type ExtractOptions, extractImage } from '../../../../image-tools/look/extract/extract.ts';
import { Placement } from '../../../../image-tools/look/extract/placement.ts';
import { unsafeName } from '../../../../image-tools/look/extract/unsafe-name.ts';
import { writeTar } from '../../../../image-tools/look/tar/write-tar.ts';
import { Forge } from '../../../fixtures/forge.ts';
import { commitText, objectId, treeEntry } from '../../../fixtures/forge-bytes.ts';

const folder = t.testdir({ secret: { key: 'secret' } });
const secret = join(folder, 'secret');
let number = 0;

type Entries = [mode: string, name: string, content: string | Entries][];

/** An image of one commit with these entries, in this order and whatever they are. */
function forge(entries: Entries): string {
  const forge = new Forge();
  const tree = (entries: Entries): Buffer =>
    forge.add(
      'tree',
      Buffer.concat(
        entries.map(([mode, name, content]) => {
          const id =
            typeof content === 'string' ? forge.add('blob', Buffer.from(content)) : tree(content);
          return treeEntry(mode, name, id);
        }),
      ),
    );
  const root = tree(entries);
  const person = 'a <a@b> 1500000000 +0000';
  forge.add('commit', commitText(root, `author ${person}\ncommitter ${person}\n\nx`));
  const image = join(folder, `forged-${number++}.img`);
  writeFileSync(image, forge.build());
  return image;
}

async function extract(
  image: string,
  to: string,
  options: Partial<ExtractOptions> = {},
  wrap: (nodes: NodeTree) => NodeTree = (nodes) => nodes,
) {
  using opened = openImageFile(image, { check: options.check === true });
  const nodes = wrap(opened.fs.nodes);
  return await extractImage({ image, nodes, to, paths: [], jobs: 1, ...options });
}

/** Does something when the file of a name has been placed, before any is written. */
function hooked(nodes: NodeTree, name: string, act: () => void): NodeTree {
  return {
    ...nodes,
    root: nodes.root,
    lastModified: nodes.lastModified,
    place(node) {
      if (Buffer.from(nodes.name(node)).toString() === name) act();
      return nodes.place(node);
    },
  };
}

function checkSecret(t: { same(found: unknown, wanted: unknown, words: string): void }) {
  t.same(readdirSync(secret), ['key'], 'nothing new outside');
  t.same(readFileSync(join(secret, 'key'), 'utf8'), 'secret', 'nothing written outside');
}

t.test('links that no file system can hold', async (t) => {
  for (const [target, words] of [
    ['', /^in\/z: a link whose target has 0 bytes,/],
    ['key\0y', /^in\/z: a link whose target has a NUL in it,/],
    ['k'.repeat(4096), /^in\/z: a link whose target has 4096 bytes,/],
  ] as const) {
    const to = join(folder, `no-link-${number}`);
    const image = forge([
      ['100644', 'a', 'x'],
      ['40000', 'in', [['120000', 'z', target]]],
    ]);
    await t.rejects(extract(image, to), { code: 'REFUSED', message: words });
    t.notOk(existsSync(to), 'nothing appears');
    t.match(await extract(image, to, { exclude: ['z'] }), { files: 1, links: 0 });
    using opened = openImageFile(image);
    t.throws(() => writeTar(opened.fs.nodes, { paths: [] }, { write: () => {} }), {
      code: 'REFUSED',
      message: words,
    });
  }
  const to = join(folder, 'longest');
  await extract(forge([['120000', 'l', 'k'.repeat(4095)]]), to);
  t.equal(lstatSync(join(to, 'l')).size, 4095);
});

t.test('a link and a folder of one name', async (t) => {
  const to = join(folder, 'twice');
  for (const entries of [
    [
      ['120000', 'a', secret],
      [
        '40000',
        'a',
        [
          ['100644', 'new', 'x'],
          ['100644', 'key', 'y'],
        ],
      ],
    ],
    [
      ['40000', 'a', [['100644', 'key', 'y']]],
      ['120000', 'a', secret],
    ],
    [
      ['120000', 'a', `${secret}/key`],
      ['100644', 'a', 'written through'],
    ],
    [
      ['100644', 'a', 'one'],
      ['100644', 'a', 'two'],
    ],
    [
      ['100644', 'a', 'one'],
      ['40000', 'a', []],
    ],
  ] as Entries[]) {
    for (const inside of [entries, [['40000', 'deep', entries]] as Entries]) {
      for (const force of [false, true]) {
        const image = forge(inside);
        const outcome = extract(image, to, { force });
        await outcome.catch((error) => t.equal(error.code, 'BAD_TREE'));
        checkSecret(t);
        rmSync(to, { recursive: true, force: true });
      }
    }
  }
});

/** Readers refuse a name that is there twice; a file system may take two names for one. */
t.test('names that a file system takes for one', async (t) => {
  const cases: [
    string,
    (placement: Placement, write: (target: Buffer | undefined) => void) => void,
  ][] = [
    [
      'a link, then a folder and a file in it',
      (placement, write) => {
        placement.link(Buffer.from('top/a'), Buffer.from(secret));
        placement.folder(Buffer.from('top/a'));
        write(placement.file(Buffer.from('top/a/key')));
      },
    ],
    [
      'a folder, then a link',
      (placement, write) => {
        placement.folder(Buffer.from('top/a'));
        write(placement.file(Buffer.from('top/a/key')));
        placement.link(Buffer.from('top/a'), Buffer.from(secret));
      },
    ],
    [
      'a link, then a file',
      (placement, write) => {
        placement.link(Buffer.from('top/a'), Buffer.from(`${secret}/key`));
        write(placement.file(Buffer.from('top/a')));
      },
    ],
    [
      'two folders',
      (placement) => {
        placement.folder(Buffer.from('top/a'));
        placement.folder(Buffer.from('top/a'));
      },
    ],
  ];
  for (const [words, act] of cases) {
    const to = join(folder, 'one-name');
    const outcome = withStaging(to, async (open, staging) => {
      const placement = new Placement(open, staging, { force: true, time: 1 });
      placement.folder(Buffer.from('top'));
      act(placement, (target) => {
        writeFileSync(Buffer.concat([staging.location, Buffer.from('/'), target as Buffer]), 'x');
      });
      placement.settle();
    });
    await t.rejects(outcome, { code: 'REFUSED', message: /^top\/a: another entry/ }, words);
    checkSecret(t);
    t.notOk(existsSync(to), 'nothing appears');
  }
});

t.test('links that lead out are made, and nothing goes through them', async (t) => {
  const to = join(folder, 'links');
  const image = forge([
    ['120000', 'absolute', secret],
    ['120000', 'up', '../secret'],
    ['40000', 'z', [['120000', 'upper', '../../secret']]],
  ]);
  const { links } = await extract(image, to);
  t.equal(links, 3);
  checkSecret(t);
  // Once more, where they stand now: as folders of another image.
  const other = forge([
    ['40000', 'absolute', [['100644', 'new', 'x']]],
    ['40000', 'up', [['100644', 'key', 'x']]],
    ['40000', 'z', [['40000', 'upper', [['100644', 'key', 'x']]]]],
  ]);
  t.match(await extract(other, to), { kept: 3 });
  checkSecret(t);
  const forced = await extract(other, to, { force: true });
  t.equal(forced.kept, 0);
  t.ok(lstatSync(join(to, 'z/upper')).isDirectory(), 'the link itself was replaced');
  checkSecret(t);
});

t.test('names that readers refuse never get here', async (t) => {
  for (const name of ['..', '.', 'a/b', '../secret/new', '/etc/x']) {
    const image = forge([['100644', name, 'x']]);
    await t.rejects(extract(image, join(folder, 'names')), { code: 'BAD_TREE' }, name);
    checkSecret(t);
  }
});

t.test("a Git repository's own folder is left out", async (t) => {
  const warnings: string[] = [];
  const to = join(folder, 'git');
  const hook: Entries = [['40000', 'hooks', [['100755', 'post-checkout', 'x']]]];
  const image = forge([
    ['40000', '.GIT', hook],
    [
      '40000',
      'sub',
      [
        ['100644', '.git', 'gitdir: /x'],
        ['100644', 'kept', 'x'],
      ],
    ],
    ['100644', '.gitignore', 'x'],
  ]);
  const result = await extract(image, to, { onWarning: (line) => warnings.push(line) });
  t.match(result, { files: 2, folders: 1 });
  t.same(readdirSync(to).sort(), ['.gitignore', 'sub']);
  t.same(readdirSync(join(to, 'sub')), ['kept']);
  t.equal(warnings.length, 2, 'one for the folder, with all that is in it');
});

t.test('unsafe names', async (t) => {
  for (const name of [
    '.git',
    '.GiT',
    '.git.',
    '.git ',
    '.git::$INDEX_ALLOCATION',
    'git~1',
    '.g\u200cit',
    '',
    '..',
    'a/b',
  ]) {
    t.type(unsafeName(Buffer.from(name), 'linux'), 'string', name);
  }
  for (const name of [
    '.gitignore',
    'git',
    '.github',
    'a:b',
    'con',
    'back\\slash',
    'git~10',
    '...',
    'a.git',
  ]) {
    t.equal(unsafeName(Buffer.from(name), 'linux'), undefined, name);
  }
  for (const name of ['a\\b', 'c:x', 'CON', 'nul.txt', 'com1', 'dot.', 'blank ', 'a\u0001', 'a?']) {
    t.type(unsafeName(Buffer.from(name), 'win32'), 'string', name);
  }
  t.equal(unsafeName(Buffer.from('console.txt'), 'win32'), undefined);
});

const NESTED: Entries = [['40000', 'a', [['40000', 'b', [['100644', 'key', 'from the image']]]]]];

t.test('a folder that becomes a link before it is written into', async (t) => {
  for (const proc of [true, false]) {
    const remember = proc ? () => {} : forgetDescriptorPaths();
    for (const force of [false, true]) {
      for (const part of ['a', 'a/b']) {
        const to = join(folder, 'swapped');
        mkdirSync(join(to, 'a/b'), { recursive: true });
        const swap = () => {
          renameSync(join(to, part), join(to, 'moved'));
          symlinkSync(part === 'a' ? folder : secret, join(to, part));
          if (part === 'a') symlinkSync(secret, join(folder, 'b'));
        };
        // What is known of it already is where it was moved to; nothing goes to where the link leads.
        await extract(forge(NESTED), to, { force }, (nodes) => hooked(nodes, 'key', swap)).catch(
          (error) => t.equal(error.code, 'CHANGED', `${part}, ${force}`),
        );
        checkSecret(t);
        rmSync(to, { recursive: true, force: true });
        rmSync(join(folder, 'b'), { force: true });
      }
    }
    remember();
  }
});

t.test('a link in the place of a folder that is opened once more', async (t) => {
  // So many that the first one is no longer held open.
  const others = Array.from({ length: 60 }, (_, i) => `c${`${i}`.padStart(2, '0')}`);
  const entries: Entries = [
    ['40000', 'a', [['100644', 'new', 'from the image']]],
    ...others.map((name): Entries[0] => ['40000', name, [['100644', `in-${name}`, name]]]),
  ];
  const image = forge(entries);
  for (const force of [false, true]) {
    const to = join(folder, 'reopened');
    for (const name of ['a', ...others]) mkdirSync(join(to, name), { recursive: true });
    const swap = () => {
      renameSync(join(to, 'a'), join(to, 'moved'));
      symlinkSync(secret, join(to, 'a'));
    };
    await t.rejects(
      extract(image, to, { force }, (nodes) => hooked(nodes, 'in-c59', swap)),
      { code: 'CHANGED', message: /^a\/new: what stands there changed/ },
    );
    checkSecret(t);
    rmSync(to, { recursive: true });
  }
});

t.test('something that appears at the place of a file or a folder', async (t) => {
  const to = join(folder, 'appears');
  const image = forge([
    [
      '40000',
      'old',
      [
        ['100644', 'key', 'from the image'],
        ['120000', 'link', 'x'],
      ],
    ],
    ['40000', 'new', [['100644', 'file', 'x']]],
  ]);
  mkdirSync(join(to, 'old'), { recursive: true });
  const appear = () => {
    symlinkSync(join(secret, 'key'), join(to, 'old/key'));
    symlinkSync(secret, join(to, 'old/link'));
  };
  const result = await extract(image, to, {}, (nodes) => hooked(nodes, 'key', appear));
  t.equal(result.kept, 2, 'a link that came meanwhile stays');
  checkSecret(t);
  rmSync(join(to, 'new'), { recursive: true });
  const folderAppears = () => {
    mkdirSync(join(to, 'new'));
    writeFileSync(join(to, 'new/theirs'), 'x');
  };
  await t.rejects(
    extract(image, to, {}, (nodes) => hooked(nodes, 'file', folderAppears)),
    { code: 'CHANGED' },
  );
  t.same(readdirSync(join(to, 'new')), ['theirs']);
  rmSync(join(to, 'new'), { recursive: true });
  const linkAppears = () => symlinkSync(secret, join(to, 'new'));
  await t.rejects(
    extract(image, to, {}, (nodes) => hooked(nodes, 'file', linkAppears)),
    { code: 'CHANGED' },
  );
  checkSecret(t);
});

t.test('content under the id of other content', async (t) => {
  const forge = new Forge();
  const oid = objectId('blob', Buffer.from('right'));
  forge.add('blob', Buffer.from('forged'), { oid });
  const root = forge.add('tree', treeEntry('100644', 'file', oid));
  const person = 'a <a@b> 1500000000 +0000';
  forge.add('commit', commitText(root, `author ${person}\ncommitter ${person}\n\nx`));
  const image = join(folder, 'other-content.img');
  writeFileSync(image, forge.build());
  const to = join(folder, 'checked');
  await t.rejects(extract(image, to, { check: true }), { code: 'BAD_HASH' });
  t.notOk(existsSync(to), 'nothing of it appears');
  await extract(image, to);
  t.equal(readFileSync(join(to, 'file'), 'utf8'), 'forged', 'without a check nobody looks');
});

// Where there is no /proc, whoever swaps a folder twice during one call is not noticed.
const noProc = descriptorFolder() === undefined && 'no /proc';

t.test('a neighbour who swaps folders and links all the time', { skip: noProc }, async (t) => {
  // In one step: between two renames an extraction would find nothing there, and make the folder itself.
  const script = `const [koffi] = process.argv.slice(1);
    const rename = require(koffi).load(null).func('int renameat2(int, str, int, str, uint)');
    const [AT_FDCWD, RENAME_EXCHANGE] = [-100, 2];
    let a, other;
    const swap = () => rename(AT_FDCWD, a, AT_FDCWD, other, RENAME_EXCHANGE);
    process.on('disconnect', () => process.exit());
    process.on('message', (names) => {
      [a, other] = names;
      process.send(swap());
    });
    process.once('message', function loop() {
      for (let i = 0; i < 1001; i++) swap();
      setImmediate(loop);
    });`;
  const koffi = createRequire(import.meta.url).resolve('koffi');
  const neighbour = spawn(process.execPath, ['-e', script, koffi], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const image = forge(NESTED);
  const counts = { folder: 0, link: 0 };
  // Until both have been met: how the two take turns is the machine's affair.
  for (let i = 0; i < 1000 && (i < 100 || counts.folder === 0 || counts.link === 0); i++) {
    const to = join(folder, `race-${i}`);
    const names = [join(to, 'a/b'), join(to, 'a/other')] as const;
    mkdirSync(names[0], { recursive: true });
    symlinkSync(secret, names[1]);
    const swapped = once(neighbour, 'message');
    neighbour.send(names);
    t.equal((await swapped)[0], 0, 'exchanged');
    await extract(image, to, { force: i % 2 === 0 }).then(
      ({ kept }) => counts[kept === 0 ? 'folder' : 'link']++,
      (error) => {
        counts.link++;
        t.match(error.code, /CHANGED|CANNOT_CREATE/);
      },
    );
    checkSecret(t);
  }
  neighbour.disconnect();
  await once(neighbour, 'exit');
  t.ok(counts.folder > 0, `${counts.folder} times a folder was met`);
  t.ok(counts.link > 0, `${counts.link} times a link`);
});
