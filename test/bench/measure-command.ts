import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a command cost, with all processes that it started and waited for. */
export interface Cost {
  /** Seconds from spawn to exit. */
  readonly wall: number;
  /** Seconds of processor, in user and in kernel mode. */
  readonly user: number;
  readonly system: number;
  /** Most memory that one of its processes held, in bytes. */
  readonly memory: number;
}

const TIME = '/usr/bin/time';

/** Runs a command, with GNU time around it, and gives its stdout and what it cost. */
export function measureCommand(
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): { stdout: Buffer; cost: Cost } {
  if (!existsSync(TIME)) throw new Error(`${TIME} is needed (Debian: apt-get install time)`);
  const folder = mkdtempSync(join(tmpdir(), 'docteur-time-'));
  try {
    const log = join(folder, 'log');
    const { status, stdout, stderr } = spawnSync(
      TIME,
      ['-q', '-o', log, '-f', '%e %U %S %M', ...command],
      { ...options, maxBuffer: 2 ** 28 },
    );
    if (status !== 0) throw new Error(`${command.join(' ')}: status ${status}: ${stderr}`);
    const [wall, user, system, kibibytes] = readFileSync(log, 'utf8').trim().split(' ').map(Number);
    return { stdout, cost: { wall, user, system, memory: (kibibytes as number) * 1024 } as Cost };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Two commands, one after the other, as one. */
export function addCosts(a: Cost, b: Cost): Cost {
  return {
    wall: a.wall + b.wall,
    user: a.user + b.user,
    system: a.system + b.system,
    memory: Math.max(a.memory, b.memory),
  };
}
