// The packer with git as the judge: every PACK passes its strictest checks, and gives all back.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { oidToHex } from '#format';
import { FileSink } from '../../../../image-tools/files/file-sink.ts';
import { type PackOptions, packObjects } from '../../../../image-tools/pack/pack-objects.ts';
import { PackWriter } from '../../../../image-tools/pack/writer.ts';
import { scanFolder } from '../../../../image-tools/source/folder.ts';
import { git, versionedFiles } from '../../../fixtures/git.ts';

const LARGE = 40 << 20;

/** Versions of pages, files without a sibling, an empty one, and one too large to be held. */
function writeSample(folder: string): void {
  const files = versionedFiles(8);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  writeFileSync(join(folder, 'empty'), '');
  let state = 1;
  const noise = Buffer.from(
    Array.from({ length: 50_000 }, () => {
      state = (Math.imul(state, 48271) >>> 0) % 2147483647;
      return state & 0xff;
    }),
  );
  writeFileSync(join(folder, 'noise'), noise);
  // The same bytes under another name, and with a piece moved.
  writeFileSync(join(folder, 'moved'), Buffer.concat([noise.subarray(20_000), noise]));
  writeFileSync(join(folder, 'large'), noise);
  truncateSync(join(folder, 'large'), LARGE);
}

async function scan(folder: string) {
  return scanFolder({
    root: Buffer.from(folder),
    compat: false,
    omit: undefined,
    exclude: () => false,
    onSkip: () => {},
  });
}

async function pack(folder: string, file: string, options: PackOptions) {
  const { objects } = await scan(folder);
  const fd = openSync(file, 'w');
  try {
    const sink = new FileSink(fd);
    const writer = new PackWriter(sink, objects.count);
    const summary = await packObjects(objects, writer, options);
    writer.finish();
    sink.flush();
    return { objects, summary };
  } finally {
    closeSync(fd);
  }
}

function scratch(t: Test): { folder: string; repository: string; out: (name: string) => string } {
  const root = t.testdir({ folder: {}, repository: {} });
  const repository = join(root, 'repository');
  git(repository, 'init', '-q', '--bare');
  return { folder: join(root, 'folder'), repository, out: (name) => join(root, name) };
}

t.test('no more threads start than there are tasks', async (t) => {
  const root = t.testdir({ folder: { a: 'a', b: 'b' } });
  let threads = 0;
  const count = () => {
    threads += 1;
  };
  process.on('worker', count);
  t.teardown(() => process.off('worker', count));
  await pack(join(root, 'folder'), join(root, 'small.pack'), { jobs: 256 });
  t.equal(threads, 1);
});

t.test('git accepts what each level packs, and reads every object back', async (t) => {
  for (const level of ['fast', 'default', 'best'] as const) {
    const { folder, repository, out } = scratch(t);
    writeSample(folder);
    const file = out('sample.pack');
    const { objects, summary } = await pack(folder, file, { level, jobs: 2 });
    t.equal(summary.objects, objects.count);
    t.ok(summary.deltas >= 8, `${summary.deltas} deltas`);
    execFileSync('git', ['index-pack', '--strict', '--stdin'], {
      cwd: repository,
      input: readFileSync(file),
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    for (let row = 0; row < objects.count; row += 1) {
      const id = oidToHex(objects.oidOf(row));
      const hint = Buffer.from(objects.hintOf(row)).toString();
      if (objects.locatorOf(row).kind !== 'file') continue;
      const content = git(repository, 'cat-file', 'blob', id);
      t.ok(content.equals(readFileSync(join(folder, hint))), hint);
    }
    const fsck = git(repository, 'fsck', '--strict', '--no-dangling').toString();
    t.equal(fsck, '', 'fsck has nothing to say');
  }
});

t.test('the bytes do not depend on the number of threads', async (t) => {
  const { folder, out } = scratch(t);
  writeSample(folder);
  const packs: Buffer[] = [];
  for (const jobs of [1, 2, 3]) {
    await pack(folder, out(`${jobs}.pack`), { jobs });
    packs.push(readFileSync(out(`${jobs}.pack`)));
  }
  t.ok(packs[1]?.equals(packs[0] as Buffer));
  t.ok(packs[2]?.equals(packs[0] as Buffer));
});

/** The types and depths of the deltas in a PACK, as git sees them. */
function deltasIn(repository: string, file: string): { type: string; depth: number }[] {
  git(repository, 'index-pack', file);
  const lines = git(repository, 'verify-pack', '-v', file).toString().split('\n');
  return lines.flatMap((line) => {
    const [, type = '', depth] = /^[0-9a-f]{40} (\w+) +\d+ \d+ \d+ (\d+) /.exec(line) ?? [];
    return depth === undefined ? [] : [{ type, depth: Number(depth) }];
  });
}

t.test('files are stored whole where that is asked for', async (t) => {
  const { folder, repository, out } = scratch(t);
  writeSample(folder);
  await pack(folder, out('whole.pack'), { wholeFiles: true });
  const types = deltasIn(repository, out('whole.pack')).map(({ type }) => type);
  t.notOk(types.includes('blob'), 'no delta of a file');
});

t.test('the dearer reading is, the shorter chains are', async (t) => {
  const { folder, repository, out } = scratch(t);
  for (const [path, content] of Object.entries(versionedFiles(40))) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const links = async (readCost: number) => {
    const file = out(`${readCost}.pack`);
    await pack(folder, file, { readCost });
    return deltasIn(repository, file).reduce((sum, { depth }) => sum + depth, 0);
  };
  const [free, weighed, dear] = [await links(0), await links(10), await links(100_000)];
  t.ok(free > weighed, `${free} links, ${weighed} of them where reading has a price`);
  t.ok(weighed > dear, `${dear} where it is dear`);
});

t.test('depth bounds the chains, and 0 means no deltas', async (t) => {
  const { folder, repository, out } = scratch(t);
  const depths = async (depth: number) => {
    const file = out(`depth-${depth}.pack`);
    writeSample(folder);
    const { summary } = await pack(folder, file, { depth });
    const longest = Math.max(0, ...deltasIn(repository, file).map(({ depth }) => depth));
    return { deltas: summary.deltas, longest };
  };
  t.strictSame(await depths(0), { deltas: 0, longest: 0 });
  const { deltas, longest } = await depths(2);
  t.ok(deltas > 0);
  t.ok(longest > 0 && longest <= 2);
});

t.test('a file that changed since it was listed is an error that names it', async (t) => {
  const { folder, out } = scratch(t);
  writeSample(folder);
  const { objects } = await scan(folder);
  const attempt = async () => {
    const fd = openSync(out('changed.pack'), 'w');
    try {
      await packObjects(objects, new PackWriter(new FileSink(fd), objects.count), {});
    } finally {
      closeSync(fd);
    }
  };
  const page = join(folder, 'v3/page.txt');
  const before = readFileSync(page);
  const edited = Buffer.from(before);
  edited[100] = (edited[100] ?? 0) ^ 1;
  writeFileSync(page, edited);
  await t.rejects(attempt(), { code: 'CHANGED', message: /v3\/page\.txt: changed/ });
  writeFileSync(page, before.subarray(1));
  await t.rejects(attempt(), { code: 'CHANGED', message: /v3\/page\.txt: changed/ });
  writeFileSync(page, before);
  truncateSync(join(folder, 'large'), LARGE - 1);
  await t.rejects(attempt(), { code: 'CHANGED', message: /large: changed/ });
});

t.test('a file that holds the bytes of a folder stays a file', async (t) => {
  const { folder, repository, out } = scratch(t);
  mkdirSync(join(folder, 'names'));
  for (let i = 0; i < 100; i++) writeFileSync(join(folder, 'names', `${i}`), `${i}`);
  const { objects } = await scan(join(folder, 'names'));
  const content = objects.locatorOf(objects.count - 1);
  if (content.kind !== 'inline') throw new Error('a tree is inline');
  writeFileSync(join(folder, 'copy'), Buffer.concat([content.content, Buffer.from('and more')]));
  const packed = await pack(folder, out('a.pack'), { jobs: 1 });
  git(repository, 'index-pack', '--strict', out('a.pack'));
  const listed = git(repository, 'verify-pack', '-v', out('a.pack')).toString();
  t.equal(listed.match(/^[0-9a-f]{40} tree /gm)?.length, 2);
  t.equal(listed.match(/^[0-9a-f]{40} blob /gm)?.length, 101);
  t.equal(packed.objects.count, 103);
});
