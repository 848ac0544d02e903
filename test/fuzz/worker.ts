// Fuzzes on a thread of its own, where a hang or a heap that overflows can be told from without.
import { parentPort, workerData } from 'node:worker_threads';
import { type ReachedFile, watchCoverage } from './coverage.ts';

/** What scripts/fuzz.ts hands over. */
export interface FuzzJob {
  readonly folder: string;
  readonly seed: number;
  readonly seconds: number;
  readonly target: string | undefined;
  /** The seed of a single execution, to be run once. */
  readonly only: number | undefined;
  /** Whether to tell at the end which functions were reached. */
  readonly coverage: boolean;
  /** Shared, two words: the index of the target that runs, the seed of the execution. */
  readonly current: Uint32Array;
}

/** What is told of each target when its time is over, and of each finding at once. */
export type FuzzMessage =
  | { readonly kind: 'coverage'; readonly reached: readonly ReachedFile[] }
  | { readonly kind: 'done'; readonly target: string; readonly executions: number }
  | {
      readonly kind: 'finding';
      readonly target: string;
      readonly seed: number;
      readonly text: string;
    };

/** Findings whose stacks are the same are told once. */
const told = new Set<string>();

function tell(message: FuzzMessage): void {
  parentPort?.postMessage(message);
}

const { folder, seed, seconds, target: wanted, only, coverage, current } = workerData as FuzzJob;
// Before anything is loaded that it shall know of.
const watch = coverage ? watchCoverage() : undefined;
const { createTargets, runOnce, seedOf } = await import('./fuzz.ts');
const all = createTargets(folder);
const targets = all.filter(({ name }) => wanted === undefined || name === wanted);
const weights = targets.reduce((sum, { weight = 1 }) => sum + weight, 0);
for (const target of targets) {
  const end = performance.now() + (seconds * 1000 * (target.weight ?? 1)) / weights;
  let executions = 0;
  do {
    const executionSeed = only ?? seedOf(seed, executions);
    Atomics.store(current, 0, all.indexOf(target));
    Atomics.store(current, 1, executionSeed);
    const finding = await runOnce(target, executionSeed);
    executions += 1;
    if (finding === undefined) continue;
    const { error } = finding;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const place = text.replaceAll(/\d+/g, '#');
    if (told.has(place)) continue;
    told.add(place);
    tell({ kind: 'finding', target: target.name, seed: executionSeed, text });
  } while (only === undefined && performance.now() < end);
  tell({ kind: 'done', target: target.name, executions });
}
if (watch !== undefined) tell({ kind: 'coverage', reached: watch() });
