import type { ChildProcess } from 'node:child_process';
import { loadLater } from '../../base/load-later.ts';

/** A guest that ends sooner does without: the shell would cost its start. */
const DELAY_MS = 100;
/** Its stdin ends when the tender does. */
const SCRIPT = 'read -r _; kill -9 "$1"';

/** Watches over a guest's process. */
export interface Watchdog {
  /** To be called once the process has ended: its number may become another's. */
  stop(): void;
}

/**
 * Has a process ended when this one ends, be it by SIGKILL, for guests that did not ask the kernel for
 * that: a shell waits for the end of a pipe that nobody else holds. Nothing where there is no shell.
 */
export function watchOver(pid: number): Watchdog {
  let shell: ChildProcess | undefined;
  const timer = setTimeout(() => {
    const { spawn } = loadLater('node:child_process');
    shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(pid)], {
      env: {},
      cwd: '/',
      // A terminal's signals are not for it.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    shell.on('error', () => {});
    shell.unref();
  }, DELAY_MS);
  timer.unref();
  return {
    stop() {
      clearTimeout(timer);
      shell?.kill('SIGKILL');
    },
  };
}
