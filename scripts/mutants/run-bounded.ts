import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

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
  killStrays(cwd);
  process.off('exit', killGroup);
  const end = late ? 'out of time' : status === 0 ? 'passed' : 'failed';
  return { end, seconds: (performance.now() - started) / 1000, output };
}

/** Ends what a test that was killed left in groups of its own: servers whose arguments name the private copy. */
function killStrays(copy: string): void {
  if (!existsSync('/proc/self/cmdline')) return;
  for (const pid of readdirSync('/proc').map(Number)) {
    if (!(pid > 0) || pid === process.pid) continue;
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(copy))
        process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, or is another user's.
    }
  }
}
