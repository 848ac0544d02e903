import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Libc } from '../../tender/native/libc.ts';

/** Names the descriptor on which a server in the background says that it serves. */
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
  const isReady = new Promise<number>((resolve) => ready?.once('data', () => resolve(0)));
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

/** Lets go of whoever started this process in the background: what there is to say goes to `log` from now on. */
export function detachFromStarter(libc: Libc, log: string | undefined): void {
  const ready = Number(process.env[READY_FD]);
  delete process.env[READY_FD];
  const fd = openSync(log ?? '/dev/null', 'a');
  libc.call('dup3', fd, 2, 0);
  closeSync(fd);
  writeSync(ready, 'ready');
  closeSync(ready);
}
