import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';

/** Names the descriptor on which a server in the background says that it serves: in a line, which may be empty. */
const READY_FD = 'DOCTEUR_READY_FD';
const CHILD_FD = 3;

/**
 * Runs this command again, in the background, with the same arguments: gives its exit status once it serves,
 * 0, or has failed. What it says until then goes to our stderr.
 */
export async function runInBackground(): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, [READY_FD]: String(CHILD_FD) },
  });
  child.stderr?.on('data', (text: Buffer) => process.stderr.write(text));
  const ready = child.stdio[CHILD_FD];
  const isReady = new Promise<number>((resolve) => {
    ready?.once('data', (words: Buffer) => {
      process.stderr.write(words.toString().trimStart());
      resolve(0);
    });
  });
  const failed = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
  const status = await Promise.race([isReady, failed]);
  child.unref();
  for (const pipe of [child.stderr, ready]) (pipe as { destroy?: () => void } | null)?.destroy?.();
  return status;
}

/** Whether this process is the one in the background. */
export function isInBackground(): boolean {
  return process.env[READY_FD] !== undefined;
}

/**
 * What a server in the background says that it serves on, and where its messages go from then on.
 * @param log a path; nowhere, if absent
 */
export function backgroundDescriptors(log: string | undefined): { ready: number; log: number } {
  return { ready: Number(process.env[READY_FD]), log: openSync(log ?? '/dev/null', 'a') };
}
