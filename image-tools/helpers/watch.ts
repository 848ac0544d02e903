import type { ChildProcess } from 'node:child_process';

/** Why a process was ended: it wrote nothing for too long, or was not done in time. */
export type WatchEnd = 'silent' | 'late';

/** How long a process may take, in seconds; 0 for as long as it likes. */
export interface WatchTimes {
  /** Without a byte on stdout or stderr. */
  readonly silence: number;
  /** From now to its end, regardless of output. */
  readonly total: number;
}

/** The longest delay of a timer in Node, in milliseconds. */
const MAX_TIMER = 2 ** 31 - 1;

/**
 * Ends a process and its group once it has been silent, or has run, for too long: git itself waits for
 * ever for a server that accepts and then says nothing, and for one that never comes to an end.
 */
export class ProcessWatch {
  readonly #timers: NodeJS.Timeout[] = [];
  #end: WatchEnd | undefined;

  /** `child` leads a group of its own. Close the watch when `child` has ended. */
  constructor(child: Pick<ChildProcess, 'pid' | 'stdout' | 'stderr'>, times: WatchTimes) {
    const { silence, total } = times;
    const after = (seconds: number, end: WatchEnd) => {
      const milliseconds = Math.min(MAX_TIMER, seconds * 1000);
      const timer = setTimeout(() => this.#kill(child.pid, end), milliseconds);
      this.#timers.push(timer);
      return timer;
    };
    if (total !== 0) after(total, 'late');
    if (silence === 0) return;
    const timer = after(silence, 'silent');
    child.stdout?.on('data', () => timer.refresh());
    child.stderr?.on('data', () => timer.refresh());
  }

  /** Why the process was ended; undefined if it was not. */
  get end(): WatchEnd | undefined {
    return this.#end;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #kill(group: number | undefined, end: WatchEnd): void {
    if (group === undefined) return;
    this.#end ??= end;
    endGroup(group);
  }
}

/** Ends a group of processes at once, if it is still there. */
export function endGroup(group: number | undefined): void {
  if (group === undefined) return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}
