import type { Random } from './random.ts';
import type { FuzzTarget } from './target.ts';

/** What one execution may cost, whatever its input. */
export interface Budget {
  /** Seconds of the processor, by the thread that runs it: a busy machine takes none away. */
  readonly seconds: number;
  /** Bytes by which the process may grow. */
  readonly memory: number;
  /** Bytes that the code under test may put out: files, messages, lines. */
  readonly output: number;
}

/** Inputs are some kilobytes, and nothing that is done with them takes nearly as much. */
export const BUDGET: Budget = { seconds: 5, memory: 2 ** 28, output: 2 ** 20 };

/** Runs one execution of a target. @throws Error beyond the budget; what it throws */
export async function runWithin(budget: Budget, target: FuzzTarget, random: Random): Promise<void> {
  const spent = { output: 0 };
  const memory = process.memoryUsage.rss();
  const start = process.threadCpuUsage();
  await target.run(random, spent);
  const { user, system } = process.threadCpuUsage(start);
  const seconds = (user + system) / 1e6;
  const grown = process.memoryUsage.rss() - memory;
  const over = (is: number, most: number, what: string) => {
    if (is > most) throw new Error(`beyond the budget: ${is} ${what}, at most ${most}`);
  };
  over(seconds, budget.seconds, 'seconds of the processor');
  over(grown, budget.memory, 'bytes of memory more');
  over(spent.output, budget.output, 'bytes put out');
}
