import { existsSync, readdirSync } from 'node:fs';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { startThread } from '../base/start-thread.ts';
import { DONE, PENDING } from './bridge.ts';

/** Longer than all attempts of such a thread together: it tells of every end itself. */
const MOST_MS = 30 * 60_000;
/** Between two looks at whether it is still there. */
const LOOK_MS = 200;
/** The threads of this process, by Linux's numbers; other systems have no such folder. */
const THREADS = '/proc/self/task';

/** A thread that another one sleeps for, which hears of no event meanwhile. */
export interface WatchedThread {
  readonly worker: Worker;
  /**
   * Sleeps until the thread has set `state`.
   * @returns whether it is done; not where that failed, or the thread has ended without a word, as for want of memory
   */
  waitFor(state: Int32Array<SharedArrayBuffer>): boolean;
}

function threads(): string[] {
  return existsSync(THREADS) ? readdirSync(THREADS) : [];
}

/** Starts a thread. @throws ToolError IO where the system has none to give */
export function startWatchedThread(program: URL, options: WorkerOptions): WatchedThread {
  const others = new Set(threads());
  const worker = startThread(program, options);
  const own = threads().filter((number) => !others.has(number));
  const isGone = () => own.length > 0 && !own.some((number) => existsSync(`${THREADS}/${number}`));
  return {
    worker,
    waitFor(state) {
      const end = performance.now() + MOST_MS;
      let isOver = false;
      while (Atomics.wait(state, 0, PENDING, LOOK_MS) === 'timed-out' && !isOver) {
        // What it set at last is seen by one more look.
        isOver = isGone() || performance.now() > end;
      }
      return Atomics.load(state, 0) === DONE;
    },
  };
}
