import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openImageFile } from '../../../../../guest/host/index.ts';
import { ImageFiles } from '../../../../../guest/host/modules/image-files.ts';
import { PackageScopes } from '../../../../../guest/host/modules/package-scopes.ts';
import {
  encodeFolder,
  idStartInFolder,
  isNone,
  kindInFolder,
} from '../../../../../guest/reader/modules/folder-names.ts';
import { makeImage, verifyImage } from '../../../../../image-tools/index.ts';

const NAME = '.docteur-modules';
const entry = (name: string, kind: 'file' | 'executable' | 'directory' | 'link' | 'submodule') => ({
  name: Buffer.from(name, 'latin1'),
  kind,
});

t.test('the names of a folder', async (t) => {
  const names = encodeFolder([
    entry('a.js', 'file'),
    entry('b', 'directory'),
    entry('b.js', 'executable'),
    entry('c', 'link'),
    entry('notes.md', 'file'),
    entry('sub', 'submodule'),
    entry('bad\xff.js', 'file'),
    entry('dir.js', 'directory'),
  ]);
  const kinds = [
    'a.js',
    'b',
    'b.js',
    'c',
    'notes.md',
    'sub',
    'bad\ufffd.js',
    'dir.js',
    'js',
    'absent',
  ];
  t.strictSame(
    kinds.map((name) => kindInFolder(names, name)),
    [
      'file',
      'directory',
      'file',
      'link',
      undefined,
      undefined,
      undefined,
      'directory',
      undefined,
      undefined,
    ],
  );
  const one = (kind: 'file' | 'directory' | 'link') =>
    kindInFolder(encodeFolder([entry('x', kind)]), 'x');
  t.strictSame([one('file'), one('directory'), one('link')], ['file', 'directory', 'link']);
  t.equal(kindInFolder(encodeFolder([]), 'x'), undefined);
});

t.test('names that would be found before those with an ending', async (t) => {
  const endings = ['.js', '.json', '.node'];
  for (const ending of endings) {
    const beside = encodeFolder([entry('a.b', 'file'), entry(`a.b${ending}`, 'file')]);
    t.equal(kindInFolder(beside, 'a.b'), 'file', ending);
    t.equal(isNone(encodeFolder([entry(`a.b${ending}`, 'file')]), 'a.b'), true, ending);
  }
  t.equal(
    kindInFolder(encodeFolder([entry('a.b', 'file'), entry('a.b.md', 'file')]), 'a.b'),
    undefined,
  );
  t.equal(isNone(encodeFolder([entry('a.b.md', 'file')]), 'a.b'), false, 'only the image tells');
  t.equal(isNone(encodeFolder([]), 'a.js'), true);
});

const scratch = t.testdir({
  app: {
    'package.json': '{ "name": "app", "main": "main.js" }',
    'main.js': '',
    'notes.md': '',
    lib: {
      'a.js': 'a',
      'index.js': 'index',
      __proto__: '',
      constructor: { 'x.js': '' },
      'x.y': '',
      'x.y.js': '',
      'x.z.js': '',
    },
    node_modules: {
      plain: { 'package.json': '{ "exports": { "b": 1, "a": [2] }, "type": "module" }' },
      broken: { 'package.json': '{' },
    },
  },
});
const app = join(scratch, 'app');
symlinkSync('lib', join(app, 'linked'));
symlinkSync('main.js', join(app, 'alias.js'));
mkdirSync(join(app, 'lib/1'));
writeFileSync(join(app, 'lib/1/y.js'), '');
const mapped = join(scratch, 'mapped.img');
const plain = join(scratch, 'plain.img');
await makeImage({ source: app, image: mapped, moduleMap: true });
await makeImage({ source: app, image: plain });

const PATHS = [
  ...[
    '/',
    '/main.js',
    '/main',
    '/notes.md',
    '/lib',
    '/lib/',
    '/lib/a.js',
    '/lib//a.js',
    '/lib/a.js/b.js',
  ],
  ...['/lib/__proto__', '/lib/constructor', '/lib/constructor/x.js', '/lib/1/y.js', '/linked'],
  ...['/linked/a.js', '/linked/absent.js', '/alias.js', '/absent', '/absent/a.js', '/constructor'],
  ...['/node_modules', '/node_modules/plain', '/node_modules/plain/index.js', '/toString/valueOf'],
  ...[
    '/lib/x.y',
    '/lib/x.y.js',
    '/lib/x.z',
    '/lib/x.z.js',
    '/node_modules/plain/node_modules/plain',
  ],
];

t.test('a map changes no answer', async (t) => {
  using one = openImageFile(mapped);
  using other = openImageFile(plain);
  const [files, slow] = [new ImageFiles(one.fs, '/at'), new ImageFiles(other.fs, '/at')];
  t.ok(files.known !== undefined && slow.known === undefined);
  for (const path of PATHS) t.equal(files.kind(path), slow.kind(path), path);
  for (const path of ['/main.js', '/lib/a.js', '/linked/a.js', '/alias.js']) {
    t.equal(files.realPath(path), slow.realPath(path), path);
  }
  t.equal(files.kind(`/${NAME}`), 'file', 'the map itself');
  for (const path of ['/main.js', '/lib/a.js', '/lib/index.js', '/linked/a.js', '/lib/1/y.js']) {
    t.equal(files.text(path), slow.text(path), path);
    const start = files.known?.idStart(path);
    const place = start === undefined ? undefined : one.fs.nodes.placeOf(start);
    const wanted = path.startsWith('/linked')
      ? undefined
      : one.fs.nodes.place(one.fs.nodes.find(path));
    t.equal(place, wanted, `the place of ${path}`);
  }
  for (const folder of ['', '/lib', '/node_modules/plain', '/absent']) {
    const [got, wanted] = [files, slow].map((one) =>
      JSON.stringify(new PackageScopes(one).in(folder)),
    );
    t.equal(got, wanted, folder);
  }
  t.throws(() => new PackageScopes(files).in('/node_modules/broken'), {
    code: 'ERR_INVALID_PACKAGE_CONFIG',
  });
  await verifyImage(mapped);
});

t.test('ids that the map does not say well lead to the path', async (t) => {
  const id = (text: string) => Buffer.from(text, 'hex');
  const files = ['a.js', 'b.md', 'b.js', 'c.js'].map((name) => entry(name, 'file'));
  const names = encodeFolder(files.map((file) => ({ ...file, id: id('0123456789') })));
  t.equal(idStartInFolder(names, 'c.js'), 0x01234567);
  t.strictSame(
    ['b.md', 'absent', ''].map((name) => idStartInFolder(names, name)),
    [undefined, undefined, undefined],
  );
  t.equal(idStartInFolder(encodeFolder([entry('a.js', 'directory')]), 'a.js'), undefined);
  for (const bad of ['', '0123456', '0123456z', '+1234567', ' 1234567']) {
    t.equal(idStartInFolder(`/a.js////${bad}`, 'a.js'), undefined, bad);
  }
  const file = join(scratch, 'ids.img');
  using image = openImageFile(mapped);
  const text = Buffer.from(image.fs.get(NAME)).toString();
  const changed = text.replace(/(\0\/lib\0[^\0]*\/)[\da-f]{16}/, '$1ffffffff00000000');
  t.not(changed, text);
  writeFileSync(join(app, NAME), changed);
  await makeImage({ source: app, image: file });
  rmSync(join(app, NAME));
  using other = openImageFile(file);
  const unsaid = new ImageFiles(other.fs, '/at');
  t.ok(unsaid.known !== undefined);
  t.strictSame([unsaid.text('/lib/a.js'), unsaid.text('/lib/index.js')], ['a', 'index']);
  using checked = openImageFile(file, { check: true });
  const own = Buffer.from(checked.fs.nodes.id(checked.fs.nodes.find('/lib/a.js')));
  t.equal(checked.fs.nodes.placeOf(own.readUInt32BE()), undefined, 'nothing is taken on trust');
});

t.test('the map of another folder is not used, and one that lies is refused', async (t) => {
  using image = openImageFile(mapped);
  const text = Buffer.from(image.fs.get(NAME)).toString();
  const file = join(scratch, 'changed.img');
  const known = async (map: string) => {
    writeFileSync(join(app, NAME), map);
    await makeImage({ source: app, image: file });
    using changed = openImageFile(file);
    return new ImageFiles(changed.fs, '/at').known !== undefined;
  };
  t.equal(await known(text), true, 'packed as it is');
  await verifyImage(file);
  t.equal(await known(text.replace('/a.js/', '/z.js/')), true);
  await t.rejects(verifyImage(file), { code: 'BAD_INDEX', message: /^\.docteur-modules differs/ });
  t.equal(await known(text.replace('"main":"main.js"', '"main":"mean.js"')), true);
  await t.rejects(verifyImage(file), { code: 'BAD_INDEX' });
  const swapped = text.replace(/(\0\/lib\0[^\0]*\/)([\da-f]{8})([\da-f]{8})/, '$1$3$2');
  t.not(swapped, text);
  t.equal(await known(swapped), true);
  await t.rejects(verifyImage(file), { code: 'BAD_INDEX' }, 'files that are others');
  for (const bad of [
    '',
    '{',
    '[]',
    'null',
    'null\0',
    '{"version":3}\0',
    text.replace('\0', ''),
    text.replace('"version":3', '"version":2'),
    text.replace(/(?<="":)\d+/, '-1'),
    text.replace(/(?<="":)\d+/, '1.5'),
    text.replace(/(?<="":)\d+/, '"1"'),
  ]) {
    t.equal(await known(bad), false, bad.slice(0, 20));
    await verifyImage(file);
  }
  writeFileSync(join(app, 'later.js'), '');
  t.equal(await known(text), false, 'a file was added');
  await verifyImage(file);
  await makeImage({ source: app, image: file, moduleMap: true });
  using made = openImageFile(file);
  t.not(Buffer.from(made.fs.get(NAME)).toString(), text, 'made anew where there is an old one');
  await verifyImage(file);
  rmSync(join(app, NAME));
});
