import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Between two looks at the processes, in milliseconds: the most that they ever had is kept by the kernel. */
const EVERY = 20;

function text(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The process has ended.
    return '';
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      text(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/**
 * The most memory that any process below a command had, in MiB: of the tender's, the guest has the most. What
 * ends sooner than a look is missed.
 */
export async function peakBelow(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  let isRunning = true;
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', (status) => {
      isRunning = false;
      resolve(status);
    });
  });
  let peak = 0;
  const commandLine = () => text(`/proc/${child.pid}/cmdline`);
  while (isRunning) {
    const pending = childrenOf(child.pid ?? 0);
    for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
      pending.push(...childrenOf(pid));
      // A process that has yet to become another program has its parent's memory.
      if (text(`/proc/${pid}/cmdline`) === commandLine()) continue;
      const [, kibibytes = 0] = /VmHWM:\s+(\d+)/.exec(text(`/proc/${pid}/status`)) ?? [];
      peak = Math.max(peak, Number(kibibytes) / 1024);
    }
    await setTimeout(EVERY);
  }
  if ((await ended) !== 0) throw new Error(`${command} ${args.join(' ')}`);
  return peak;
}
