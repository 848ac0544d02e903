import type { ChildProcess } from 'node:child_process';

/**
 * Ends a process and its group once it has written nothing, neither to stdout nor to stderr, for a
 * while: git itself waits for ever for a server that accepts and then says nothing.
 */
export class SilenceWatch {
  readonly #timer: NodeJS.Timeout | undefined;
  #ended = false;

  /** `child` leads a group of its own; 0 `seconds` are without end. Close it when `child` has ended. */
  constructor(child: Pick<ChildProcess, 'pid' | 'stdout' | 'stderr'>, seconds: number) {
    if (seconds === 0) return;
    this.#timer = setTimeout(() => this.#end(child.pid), seconds * 1000);
    child.stdout?.on('data', () => this.#timer?.refresh());
    child.stderr?.on('data', () => this.#timer?.refresh());
  }

  /** Whether the process was ended for its silence. */
  get ended(): boolean {
    return this.#ended;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #end(group: number | undefined): void {
    if (group === undefined) return;
    this.#ended = true;
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}
