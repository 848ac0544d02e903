import { join } from 'node:path';
import t from 'tap';
import { runBounded } from '../fixtures/bounded.ts';
import { DEFECTS } from './defects/index.ts';

/** Seconds of the processor. */
const SECONDS = 60;
/** MiB: V8's heap by a flag, and all memory of the process, as the kernel saw it. */
const HEAP = 128;
const RESIDENT = 500;
const SCRIPT = 'test/malformed/run-defects.ts';

interface Run {
  readonly results: Record<string, string>[];
  readonly end: string;
  readonly peak: number;
}

/** Runs every defect past every reader in one bounded process. */
async function runDefects(file: string): Promise<Run> {
  const bounds = { seconds: SECONDS, flags: [`--max-old-space-size=${HEAP}`] };
  const { end, stdout, stderr, peak } = await runBounded(SCRIPT, [file], bounds);
  process.stderr.write(stderr);
  const lines = stdout.split('\n');
  const last = lines.pop() as string;
  const results = lines.map((line) => JSON.parse(line.slice(line.indexOf('\r') + 1)));
  return { results, end: end === '0' ? end : `${end} at ${last}`, peak };
}

t.test('every defect is found where it should be, by every reader', async (t) => {
  const { results, end, peak } = await runDefects(join(t.testdir(), 'defect.img'));
  t.equal(end, '0', 'no crash, no hang, no error of another family');
  t.ok(peak < RESIDENT, `${peak} MiB of memory at most`);
  t.equal(results.length, DEFECTS.length);
  for (const [i, defect] of DEFECTS.entries()) {
    const { name, open = 'unseen', lazy } = defect;
    const { eager = lazy } = defect;
    const { analyze = eager } = defect;
    const { verify = analyze } = defect;
    const checked = {
      'lazy --check': defect.checked ?? lazy,
      'eager --check': defect.checked ?? eager,
      'analyze --check': analyze,
    };
    const { index, ...found } = results[i] ?? {};
    t.strictSame(found, { name, open, lazy, eager, analyze, verify, ...checked }, name);
    t.match(index, /^(refused|indexed)$/, `${name}: the image whole, or left as it was`);
  }
});

t.test('names of defects are unique', async (t) => {
  t.equal(new Set(DEFECTS.map(({ name }) => name)).size, DEFECTS.length);
});
