// makeImage as a library's users call it: options in plain JavaScript, and work that is given up.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  indexImage,
  type MakeOptions,
  makeImage,
  type Progress,
  verifyImage,
} from '../../image-tools/index.ts';
import { runGuest } from '../../tender/index.ts';
import { git } from '../fixtures/git.ts';
import { becomes } from '../fixtures/processes.ts';

function prepare(t: Test) {
  const scratch = mkdtempSync(join(tmpdir(), 'docteur-options-'));
  t.teardown(() => rmSync(scratch, { recursive: true, force: true }));
  const [folder, out] = [join(scratch, 'folder'), join(scratch, 'out')];
  mkdirSync(folder);
  mkdirSync(out);
  for (let i = 0; i < 400; i++) {
    writeFileSync(join(folder, `${i}.txt`), `${'a line of text\n'.repeat(300)}${i * 7919}`);
  }
  const image = join(out, 'disk.img');
  writeFileSync(image, 'old');
  return { folder, out, image };
}

t.test('options that no type-checked caller gives', async (t) => {
  const { folder, image, out } = prepare(t);
  const cases: [object, RegExp][] = [
    [{ source: undefined }, /^option 'source' must be a string, not undefined$/],
    [{ image: 7 }, /^option 'image' must be a string, not 7$/],
    [{ level: 'slow' }, /^option 'level' must be one of fast, default, best.*, not 'slow'$/],
    [{ format: 'qcow3' }, /^option 'format' must be one of raw, qcow2, .*, not 'qcow3'$/],
    [{ window: '8' }, /^option 'window' must be a whole number from 1 to 1000, not '8'$/],
    [{ depth: -1 }, /^option 'depth' must be a whole number/],
    [{ readCost: 0.5 }, /^option 'readCost' must be a whole number/],
    [{ web: 'yes' }, /^option 'web' must be a boolean/],
    [{ jobs: 1.5 }, /^option 'jobs' must be/],
    [{ timeout: Number.NaN }, /^option 'timeout' must be/],
    [{ strict: 'yes' }, /^option 'strict' must be a boolean, not 'yes'$/],
    [{ exclude: '*.o' }, /^option 'exclude' must be an array of globs, not '\*\.o'$/],
    [{ exclude: [1] }, /^option 'exclude' must be an array/],
    [{ date: new Date(0) }, /^option 'date' must be \{ seconds, zone \}/],
    [{ onProgress: 'x' }, /^option 'onProgress' must be a function/],
    [{ signal: {} }, /^option 'signal' must be an AbortSignal/],
    [{ blockSize: '512' }, /^block size 512: must be a power of two|^option 'blockSize'/],
  ];
  for (const [options, message] of cases) {
    const all = { source: folder, image, ...options } as MakeOptions;
    await t.rejects(makeImage(all), { name: 'ToolError', code: 'USAGE', message });
  }
  t.equal(readFileSync(image, 'utf8'), 'old');
  t.strictSame(readdirSync(out), ['disk.img']);
});

t.test('work that is given up leaves nothing, and the old image', async (t) => {
  const { folder, out, image } = prepare(t);
  const repository = join(out, '..', 'repository');
  execFileSync('cp', ['-r', folder, repository]);
  git(repository, 'init', '-q');
  git(repository, 'add', '.');
  const person = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
  git(repository, ...person, 'commit', '-q', '-m', 'm');
  const temporary = join(out, '..', 'temporary');
  mkdirSync(temporary);
  const { TMPDIR } = process.env;
  process.env.TMPDIR = temporary;
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  const cases: [string, Progress['phase'] | undefined][] = [
    [folder, undefined],
    [folder, 'comparing'],
    [folder, 'packing'],
    [repository, 'fetching'],
    [repository, 'packing'],
  ];
  for (const [source, phase] of cases) {
    const controller = new AbortController();
    const reason = new Error(`enough of ${phase}`);
    if (phase === undefined) controller.abort(reason);
    const work = makeImage({
      source,
      image,
      signal: controller.signal,
      onProgress: (progress) => {
        if (progress.phase === phase) controller.abort(reason);
      },
    });
    await t.rejects(work, reason, String(phase));
    t.equal(readFileSync(image, 'utf8'), 'old');
    t.strictSame(readdirSync(out), ['disk.img'], 'no litter beside the image');
    t.ok(await becomes(() => readdirSync(temporary).length === 0), 'nor among temporary files');
  }
  const phases = new Set<string>();
  const { signal } = new AbortController();
  const onProgress = ({ phase }: Progress) => void phases.add(phase);
  const { files } = await makeImage({ source: folder, image, signal, onProgress });
  t.equal(files, 400);
  t.ok(phases.has('packing'), [...phases].join());
});

/** As JavaScript calls it. */
type Any = (...args: unknown[]) => Promise<unknown>;

t.test('the other calls refuse such options too', async (t) => {
  const usage: [Any, unknown[], RegExp][] = [
    [verifyImage as Any, [7], /^the path of an image must be a string, not 7$/],
    [indexImage as Any, [undefined], /^the path of an image must be a string, not undefined$/],
    [
      verifyImage as Any,
      ['x', { threads: 0 }],
      /^option 'threads' must be a whole number from 1 to/,
    ],
    [verifyImage as Any, ['x', { threads: '2' }], /^option 'threads' must be .*, not '2'$/],
    [verifyImage as Any, ['x', { onProgress: 1 }], /^option 'onProgress' must be a function/],
    [verifyImage as Any, ['x', { limits: 5 }], /^option 'limits' must be an object/],
    [
      verifyImage as Any,
      ['x', { limits: { maxTreeSizes: 5 } }],
      /^option 'limits' has an unknown name 'maxTreeSizes': it takes maxObjectSize, /,
    ],
    [verifyImage as Any, ['x', { limits: { toString: 5 } }], /unknown name 'toString'/],
    [
      indexImage as Any,
      ['x', { limits: { maxTreeSize: '5' } }],
      /^option 'limits.maxTreeSize' must/,
    ],
  ];
  for (const [call, args, message] of usage) {
    await t.rejects(call(...args), { name: 'ToolError', code: 'USAGE', message }, String(message));
  }
  const guest = 'guest.js';
  const tender: [unknown, RegExp][] = [
    [undefined, /^option 'guest' must be the path of a file/],
    [{ guest: 7 }, /^option 'guest' must be the path of a file, not 7$/],
    [{ guest, arguments: 'a b' }, /^option 'arguments' must be an array of texts, not 'a b'$/],
    [{ guest, arguments: [1] }, /^option 'arguments' must be an array of texts/],
    [{ guest, devices: 'disk.img' }, /^option 'devices' must be an object of devices/],
    [{ guest, devices: { docteur: 'disk.img' } }, /^option 'devices.docteur' must be a device/],
    [{ guest, memory: '64' }, /^option 'memory' must be a number of MiB, not '64'$/],
    [{ guest, cpuSeconds: '1' }, /^option 'cpuSeconds' must be a number/],
    [{ guest, codeCache: 'no' }, /^option 'codeCache' must be a boolean/],
    [{ guest, consoleFd: -1 }, /^option 'consoleFd' must be a file descriptor/],
    [{ guest, signal: 1 }, /^option 'signal' must be an AbortSignal/],
  ];
  for (const [options, message] of tender) {
    await t.rejects((runGuest as Any)(options), { name: 'TenderError', message }, String(message));
  }
});
