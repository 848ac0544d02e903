import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Run {
  readonly end: 'passed' | 'failed' | 'out of time';
  readonly seconds: number;
  /** The end of what it printed. */
  readonly output: string;
}

const KEPT_OUTPUT = 20_000;

/** Runs a program of Node in a process group of its own, all of which ends with it or with the time. */
export async function runBounded(
  cwd: string,
  args: readonly string[],
  milliseconds: number,
): Promise<Run> {
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    cwd,
    detached: true,
    env: { ...process.env, TAP_BAIL: '1', TAP_TIMEOUT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (piece: Buffer) => {
    output = (output + piece.toString()).slice(-KEPT_OUTPUT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const killGroup = () => {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // All of the group are gone.
    }
  };
  process.once('exit', killGroup);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup();
  }, milliseconds);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  clearTimeout(timer);
  killGroup();
  process.off('exit', killGroup);
  const end = late ? 'out of time' : status === 0 ? 'passed' : 'failed';
  return { end, seconds: (performance.now() - started) / 1000, output };
}
