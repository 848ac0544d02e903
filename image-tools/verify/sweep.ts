import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { type Commit, FormatError, maxBuiltBytes } from '#format';
import { describeThreadError } from '../base/errors.ts';
import { startThread } from '../base/start-thread.ts';
import { NO_BASE } from './entry-table.ts';
import { FamilySweeper, type Findings } from './family-sweeper.ts';
import type { SuspendedFamily } from './family-walker.ts';
import { BAD_FAMILY, NONE_BAD, OBJECTS_DONE, type SweepState } from './sweep-state.ts';
import { BYTES_BUILT, BYTES_OF_TREES } from './totals.ts';
import { TreeEdges } from './tree-edges.ts';

/** Beside this module: the same source file, or its compiled form. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './verify-worker.ts' : './verify-worker.js',
  import.meta.url,
);
const PAUSE_AFTER_MS = 50;

/** What a sound PACK holds. */
export interface SweepResult {
  readonly edges: TreeEdges;
  /** The commit that the image holds, unless it is missing. */
  readonly commit: Commit | undefined;
}

/** How the rest of a check is done. */
export interface FinishOptions {
  /** Told now and then how many of the objects have been checked. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Gives the check up. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The check of all objects of an image, by this thread and its helpers. What it gives, or throws,
 * does not depend on their number. Close it when done.
 */
export class Sweep {
  readonly #state: SweepState;
  readonly #helpers: Worker[] = [];
  readonly #answers: Promise<Findings[]>;

  /**
   * @param helpers how many threads beside this one begin at once; the state must be shared then
   * @throws ToolError IO where one cannot be started
   */
  constructor(state: SweepState, helpers: number) {
    this.#state = state;
    try {
      while (this.#helpers.length < helpers) {
        this.#helpers.push(startThread(WORKER, { workerData: state }));
      }
    } catch (error) {
      void this.close();
      throw error;
    }
    this.#answers = Promise.all(this.#helpers.map(answerOf));
    // Until finish() waits for them, nobody does.
    this.#answers.catch(() => {});
  }

  /**
   * Checks what the helpers have not taken, and joins the results.
   * @throws FormatError of the first bad object in the order of the PACK; ToolError IO; the signal's reason
   */
  async finish({ onProgress, signal }: FinishOptions = {}): Promise<SweepResult> {
    const stop = () => void this.close();
    signal?.addEventListener('abort', stop);
    try {
      return await this.#finish(onProgress, signal);
    } catch (error) {
      // A helper that is stopped has failed.
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async #finish(
    onProgress: FinishOptions['onProgress'],
    signal: AbortSignal | undefined,
  ): Promise<SweepResult> {
    signal?.throwIfAborted();
    const all = [await this.#checkRest(onProgress, signal), ...(await this.#answers)];
    signal?.throwIfAborted();
    // Nobody else holds anything any more.
    const suspended = all.flatMap(({ suspended }) => suspended);
    if (suspended.length > 0) all.push(this.#checkSuspended(suspended));
    const { counters, limits, packSize, totals } = this.#state;
    const isOver =
      (totals[BYTES_BUILT] as bigint) > maxBuiltBytes(packSize, limits) ||
      (totals[BYTES_OF_TREES] as bigint) > limits.maxTreesSize;
    // Which object exceeds a limit depends on the order: one thread alone gives the same answer each time.
    if (isOver) return summarize([this.#checkAlone(0)]);
    const bad = counters[BAD_FAMILY] as number;
    if (bad === NONE_BAD) return summarize(all);
    this.#checkAlone(bad);
    throw new FormatError('BAD_PACK', 'the image changed while it was read');
  }

  /** Stops the helpers, also in the middle of their work. */
  async close(): Promise<void> {
    await Promise.all(this.#helpers.map((helper) => helper.terminate()));
  }

  async #checkRest(
    onProgress: FinishOptions['onProgress'],
    signal: AbortSignal | undefined,
  ): Promise<Findings> {
    const { counters, table } = this.#state;
    const sweeper = new FamilySweeper(this.#state, false);
    try {
      let pauseAt = performance.now() + PAUSE_AFTER_MS;
      while (sweeper.checkNext()) {
        if (performance.now() < pauseAt) continue;
        onProgress?.(Atomics.load(counters, OBJECTS_DONE), table.count);
        await setImmediate();
        signal?.throwIfAborted();
        pauseAt = performance.now() + PAUSE_AFTER_MS;
      }
      if (this.#helpers.length === 0 && sweeper.error !== undefined) throw sweeper.error;
      return sweeper.findings;
    } finally {
      sweeper.close();
    }
  }

  /** Checks what was put off; the first bad family may be among it. */
  #checkSuspended(families: readonly SuspendedFamily[]): Findings {
    const { counters } = this.#state;
    const sweeper = new FamilySweeper(this.#state, true);
    try {
      for (const family of families.toSorted((a, b) => a.root - b.root)) {
        if (family.root > (counters[BAD_FAMILY] as number)) break;
        try {
          sweeper.finish(family);
        } catch {
          counters[BAD_FAMILY] = family.root;
        }
      }
      return sweeper.findings;
    } finally {
      sweeper.close();
    }
  }

  /** Checks all families from a position on, as one thread does. @throws the first one's error */
  #checkAlone(from: number): Findings {
    const { table } = this.#state;
    const state = { ...this.#state, totals: new BigInt64Array(2) };
    const sweeper = new FamilySweeper(state, true);
    try {
      for (let position = from; position < table.count; position++) {
        if (table.bases[position] === NO_BASE) sweeper.check(position);
      }
      return sweeper.findings;
    } finally {
      sweeper.close();
    }
  }
}

function summarize(all: readonly Findings[]): SweepResult {
  const edges = new TreeEdges();
  for (const part of all) edges.addAll(part.edges);
  return { edges, commit: all.find(({ commit }) => commit !== undefined)?.commit };
}

/** The message of a helper that has done its work. */
async function answerOf(helper: Worker): Promise<Findings> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    const ended = once(helper, 'exit', { signal }).then(() => {
      throw new Error('a thread of the verifier ended early');
    });
    const [answer] = await Promise.race([once(helper, 'message', { signal }), ended]);
    return answer as Findings;
  } catch (error) {
    throw describeThreadError(error as Error);
  } finally {
    waiting.abort();
  }
}
