import { spawn } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { DEFECTS } from './defects/index.ts';

const SECONDS = 60;
/** MiB: V8's heap by a flag, and all memory of the process, as the kernel saw it. */
const HEAP = 128;
const RESIDENT = 500;

interface Run {
  readonly results: Record<string, string>[];
  readonly end: string;
  readonly peak: number;
}

/** Runs every defect past every reader in one bounded process. */
async function runDefects(file: string): Promise<Run> {
  const script = join(import.meta.dirname, 'run-defects.ts');
  const flags = ['--conditions=docteur:source', `--max-old-space-size=${HEAP}`];
  const child = spawn(process.execPath, [...flags, script, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: SECONDS * 1000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const end = await new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(`${signal ?? code}`));
  });
  const lines = output.split('\n');
  const last = lines.pop() as string;
  const results = lines.map((line) => JSON.parse(line.slice(line.indexOf('\r') + 1)));
  const peak = end === '0' ? (results.pop()?.peak as number) : 0;
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
