import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Removes what we leave behind when we die, by whatever signal: a shell in a session of its own
 * that waits for its stdin to end, which the kernel closes with us. What it reads is the number of
 * a process group that must end first, or nothing when that one has ended.
 */
const SCRIPT = `
group=
while read -r line; do group=$line; done
[ -z "$group" ] || kill -s KILL -- "-$group" 2>/dev/null
tries=0
while ! rm -rf -- "$1" 2>/dev/null && [ $tries -lt 50 ]; do
  tries=$((tries + 1))
  sleep 0.1
done`;

/** Watches over one path that must not outlive this process. */
export interface Janitor {
  /** The group of processes that write to the path just now; undefined when they have ended. */
  watchGroup(group: number | undefined): void;
  /** Removes the path now, if it is still there, and ends the watch. Resolves when that is done. */
  finish(): Promise<void>;
}

/**
 * Has `path` (file or folder, which need not exist yet) removed when this process ends, also by
 * SIGKILL. Where there is no shell, only {@link Janitor.finish} cleans up.
 */
export function watchOver(path: string): Janitor {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    // It must not hold any folder, nor see a secret of ours.
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  });
  const ended = new Promise<void>((resolve) => {
    shell.once('error', () => resolve());
    shell.once('close', () => resolve());
  });
  shell.unref();
  ignoreBrokenPipe(shell);
  return {
    watchGroup(group) {
      shell.stdin?.write(`${group ?? ''}\n`);
    },
    async finish() {
      shell.ref();
      shell.stdin?.end();
      await ended;
    },
  };
}

function ignoreBrokenPipe(shell: ChildProcess): void {
  shell.stdin?.on('error', () => undefined);
  // An open pipe would keep the event loop of a program that forgot us alive.
  (shell.stdin as unknown as { unref?: () => void } | null)?.unref?.();
}
