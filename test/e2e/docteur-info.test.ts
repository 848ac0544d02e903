// docteur info, beside git verify-pack and find(1).
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeMixedFolder } from '../fixtures/mixed-folder.ts';
import { runTool } from '../fixtures/tools.ts';

const folder = t.testdir({ mixed: {} });
const mixed = join(folder, 'mixed');
const image = join(folder, 'disk.img');
const info = (...args: string[]) => runTool('docteur', ['info', ...args]);
const report = async (...args: string[]) => JSON.parse(`${(await info('--json', ...args)).stdout}`);

t.before(async () => {
  writeMixedFolder(mixed);
  mkdirSync(join(mixed, 'versions'));
  let text = Array.from({ length: 300 }, (_, i) => `line ${i * 7919}`).join('\n');
  for (let i = 0; i < 40; i++) {
    text = text.replace(`line ${i * 7919}\n`, `changed ${i}\n`);
    writeFileSync(join(mixed, `versions/v${i}.text`), text);
  }
  writeFileSync(join(mixed, 'versions/<script>&"\'.html'), 'x'.repeat(100));
  const date = ['-d', '2020-10-10T08:00:00+02:00', '--message', 'A subject\n\nand more'];
  await runTool('docteur.make', ['-q', ...date, '--bs', '4096', mixed, image]);
});

t.test('the PACK is what git says of it', async (t) => {
  const out = join(folder, 'out.git');
  await runTool('docteur', ['export', '--git', out, image]);
  const [index = ''] = `${execFileSync('sh', ['-c', `ls ${out}/objects/pack/*.idx`])}`.split('\n');
  const lines = `${execFileSync('git', ['verify-pack', '-v', index])}`.split('\n');
  const objects = lines.flatMap((line) => {
    const [, id, type, , packed, , depth = '0'] =
      /^([0-9a-f]{40}) (\w+) +(\d+) (\d+) (\d+)(?: (\d+) [0-9a-f]{40})?$/.exec(line) ?? [];
    return id === undefined ? [] : [{ type, packed: Number(packed), depth: Number(depth) }];
  });
  const { pack, layout, files, commit } = await report(image);
  t.equal(pack.objects, objects.length);
  t.equal(pack.deltas, objects.filter(({ depth }) => depth > 0).length);
  t.ok(pack.deltas > 10);
  t.equal(pack.longestChain, Math.max(...objects.map(({ depth }) => depth)));
  for (const [type, { objects: count, packed, deltas }] of Object.entries(
    pack.types as Record<string, Record<string, number>>,
  )) {
    const own = objects.filter((object) => object.type === type);
    t.same(
      [count, deltas, packed],
      [
        own.length,
        own.filter(({ depth }) => depth > 0).length,
        own.reduce((sum, object) => sum + object.packed, 0),
      ],
      type,
    );
  }
  t.equal(layout.packSize, statSync(index.replace(/idx$/, 'pack')).size);
  t.equal(layout.idxSize, statSync(index).size);
  t.equal(layout.imageSize, statSync(image).size);
  t.equal(layout.blockSize % 4096, 0);
  const { packSize, idxSize, indexSize, padding, imageSize } = layout;
  t.equal(packSize + idxSize + indexSize + padding, imageSize);
  t.equal(commit.id, `${execFileSync('git', ['-C', out, 'rev-parse', 'HEAD'])}`.trim());
  t.match(commit, { seconds: 1_602_309_600, zone: '+0200', parents: [] });
  const blobs = pack.types.blob.packed;
  t.equal(
    (files.shares as { packed: number }[]).reduce((sum, { packed }) => sum + packed, 0),
    blobs,
    'each object once',
  );
});

t.test('the files are those that find finds', async (t) => {
  const count = (...args: string[]) =>
    `${execFileSync('find', [mixed, '-mindepth', '1', ...args, '-printf', 'x'])}`.length;
  const { files } = await report(image);
  t.same(files.kinds, {
    file: count('-type', 'f', '-not', '-perm', '/100'),
    executable: count('-type', 'f', '-perm', '/100'),
    directory: count('-type', 'd'),
    link: count('-type', 'l'),
    submodule: 0,
  });
  const sizes = `${execFileSync('find', [mixed, '-type', 'f', '-printf', '%s\\n'])}`
    .trim()
    .split('\n');
  t.equal(
    files.size,
    sizes.reduce((sum, size) => sum + Number(size), 0),
  );
  t.match(files.largest[0], { path: 'large.bin', size: 3_000_000 });
  const texts = files.suffixes.find(({ suffix }: { suffix: string }) => suffix === '.text');
  t.equal(texts.files, 40);
});

t.test('for people, and as a picture', async (t) => {
  const { status, stdout, stderr } = await info(image);
  t.match({ status, stderr }, { status: 0, stderr: '' });
  t.match(`${stdout}`, /\ndate {5}2020-10-10 08:00:00 \+0200\n/);
  t.match(`${stdout}`, /\nsubject {2}A subject\n/);
  t.match(`${stdout}`, /\n {2}#+ +\d+\.\d % +\d+\.\d MiB {2}\.\n/);
  const svg = join(folder, 'map.svg');
  t.match(await info('--svg', svg, image), { status: 0, stdout: Buffer.alloc(0) });
  const text = readFileSync(svg, 'utf8');
  t.ok((await info('--svg', '-', image)).stdout.equals(Buffer.from(text)));
  const areas = [...text.matchAll(/width="([\d.]+)" height="([\d.]+)" fill/g)];
  const area = areas.reduce((sum, [, width, height]) => sum + Number(width) * Number(height), 0);
  t.ok(Math.abs(area / (960 * 572) - 1) < 0.01, 'the rectangles fill the picture');
  t.notOk(text.includes('<script>'));
  const parse = 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])';
  if (spawnSync('python3', ['--version']).status !== 0) return void t.pass('skipped: no python3');
  t.equal(spawnSync('python3', ['-c', parse, svg]).status, 0, 'XML');
});

t.test('an image without a path index; what is no image', async (t) => {
  const plain = join(folder, 'plain.img');
  await runTool('docteur.make', ['-q', '--no-index', mixed, plain]);
  const [{ layout, files }, other] = [await report(plain), await report(image)];
  t.equal(layout.indexSize, 0);
  t.same(files.kinds, other.files.kinds);
  const bad = join(folder, 'bad.img');
  writeFileSync(bad, readFileSync(image).subarray(0, 5000));
  t.match(await info(bad), { status: 65, stderr: /^docteur info: [^\n]*bad\.img: [^\n]+\n$/ });
});
