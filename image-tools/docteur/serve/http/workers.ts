import cluster from 'node:cluster';
import type { Reporter } from '../reporter.ts';

/** A worker that ends sooner than this did not get to work: it is not started again. */
const MIN_LIFE_MS = 2_000;
const FORWARDED = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/** Whether this process is one of those that {@link superviseWorkers} starts. */
export function isWorker(): boolean {
  return cluster.isWorker;
}

/** Whether this process tells what all of them do: the first worker, or the only process. */
export function isFirstWorker(): boolean {
  return (cluster.worker?.id ?? 1) === 1;
}

/** Lets go of the process that started this worker, so that it can end. */
export function leaveWorkers(): void {
  if (cluster.isWorker) process.disconnect();
}

/**
 * Runs this very command line in several processes that share their sockets, until a signal ends them; one that
 * dies is replaced.
 * @returns the exit status: that of the first worker that could not start
 */
export function superviseWorkers(count: number, reporter: Reporter): Promise<number> {
  return new Promise((resolve) => {
    let status = 0;
    let isEnding = false;
    let alive = 0;
    const start = () => {
      const started = Date.now();
      const worker = cluster.fork();
      alive += 1;
      worker.once('exit', (code, signal) => {
        alive -= 1;
        if (!isEnding && Date.now() - started >= MIN_LIFE_MS) {
          const text = `a worker ended (${signal ?? code}), and was replaced`;
          reporter.tell({ event: 'worker', code, signal }, text);
          start();
          return;
        }
        if (!isEnding) {
          status = code || 1;
          isEnding = true;
          for (const other of Object.values(cluster.workers ?? {})) other?.process.kill('SIGTERM');
        }
        if (alive === 0) resolve(status);
      });
    };
    for (let i = 0; i < count; i += 1) start();
    for (const signal of FORWARDED) {
      process.on(signal, () => {
        if (signal !== 'SIGHUP') isEnding = true;
        for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal);
      });
    }
  });
}
