import type { ChildProcess } from 'node:child_process';
import { loadLater } from '../../base/load-later.ts';

/** A guest that ends sooner gets none: the shell would slow down its start. */
const DELAY_MS = 100;
/** Its stdin ends when the tender does. */
const SCRIPT = 'read -r _; kill -9 "$1"';

/** Watches over a guest's process. */
export interface Watchdog {
  /** To be called once the process has ended: its id may be reused. */
  stop(): void;
}

/**
 * Ends a process when this one ends, even by SIGKILL, if the kernel was not asked to: a shell waits for the end
 * of a pipe that nobody else holds. Does nothing if there is no shell.
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
