import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { FormatError, type FormatErrorCode } from '#format';
import type { MountOptions, NodeTree } from '#reader';
import { describeThreadError, ToolError, type ToolErrorCode } from '../../base/errors.ts';
import { startThread } from '../../base/start-thread.ts';
import type { FileBatch, FileTasks } from './file-batch.ts';
import { type Counters, giveUp, type WriteOptions, writeSome } from './write-files.ts';

/** What a thread is started with. */
export interface WorkerInput {
  /** Undefined where no other thread can read it. */
  readonly image: string | undefined;
  readonly mount: Pick<MountOptions, 'check' | 'commit' | 'cacheBytes'>;
  readonly options: WriteOptions;
  readonly counters: Counters;
}

/** What a thread says of a part that it was given. */
export interface WorkerAnswer {
  readonly error?: {
    readonly name: string;
    readonly code: string | undefined;
    readonly message: string;
  };
}

/** Beside this module: the same source file, or its compiled form. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './extract-worker.ts' : './extract-worker.js',
  import.meta.url,
);
/** So few files are written sooner than a thread starts. */
const FEW_FILES = 400;
/**
 * More than so much has to be written until others help unless they were asked for: each of them takes 0.1 s of
 * processor to start and to compile all code once more.
 */
const MANY_FILES = 0x2000;
const MANY_BYTES = 2 ** 29;
const PAUSE_AFTER_MS = 50;

/** Writes batches of files, on this thread, and if there are many on others too. Close it when done. */
export class FileWriters {
  readonly #nodes: NodeTree;
  readonly #input: Omit<WorkerInput, 'counters'>;
  readonly #jobs: number;
  readonly #isAsked: boolean;
  readonly #onProgress: (() => void) | undefined;
  /** Of this thread, and of each other one. */
  readonly #counters: Counters[] = [newCounters()];
  #workers: Worker[] = [];

  /** @param isAsked whether somebody wants that many threads, even for little */
  constructor(
    nodes: NodeTree,
    input: Omit<WorkerInput, 'counters'>,
    { jobs, isAsked }: { readonly jobs: number; readonly isAsked: boolean },
    onProgress?: () => void,
  ) {
    this.#nodes = nodes;
    this.#input = input;
    this.#jobs = jobs;
    this.#isAsked = isAsked;
    this.#onProgress = onProgress;
  }

  /** Sum of what all threads counted. */
  total(counter: number): number {
    return this.#counters.reduce((sum, counters) => sum + (counters[counter] as number), 0);
  }

  /** Writes all files of a batch, which is empty then. @throws as {@link writeSome} */
  async write(batch: FileBatch): Promise<void> {
    const { count, contentBytes } = batch;
    const isMuch = this.#isAsked
      ? count > FEW_FILES
      : count > MANY_FILES || (count > 1 && contentBytes > MANY_BYTES);
    if (this.#workers.length === 0 && isMuch) this.#start();
    const tasks = batch.take();
    const helped = this.#workers.map((worker) => {
      worker.postMessage(tasks);
      return answerOf(worker);
    });
    const all = Promise.all(helped);
    // Until this thread has done its share, nobody waits for them.
    all.catch(() => {});
    try {
      await this.#writeRest(tasks);
    } catch (error) {
      giveUp(tasks);
      throw error;
    }
    for (const { error } of await all) if (error !== undefined) throw revive(error);
  }

  async #writeRest(tasks: FileTasks): Promise<void> {
    let pauseAt = performance.now() + PAUSE_AFTER_MS;
    while (writeSome(this.#nodes, tasks, this.#input.options, this.#counters[0] as Counters)) {
      if (performance.now() < pauseAt) continue;
      this.#onProgress?.();
      await setImmediate();
      pauseAt = performance.now() + PAUSE_AFTER_MS;
    }
    this.#onProgress?.();
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#workers = [];
  }

  #start(): void {
    for (let i = 1; i < this.#jobs; i++) {
      const counters = newCounters();
      this.#counters.push(counters);
      const workerData: WorkerInput = { ...this.#input, counters };
      this.#workers.push(startThread(WORKER, { workerData }));
    }
  }
}

async function answerOf(worker: Worker): Promise<WorkerAnswer> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    const ended = once(worker, 'exit', { signal }).then(() => {
      throw new Error('a thread that writes files ended early');
    });
    const [answer] = await Promise.race([once(worker, 'message', { signal }), ended]);
    return answer as WorkerAnswer;
  } catch (error) {
    throw describeThreadError(error as Error);
  } finally {
    waiting.abort();
  }
}

/** An error of another thread, of the class that it had there. */
function revive({ name, code, message }: NonNullable<WorkerAnswer['error']>): Error {
  if (name === 'FormatError') return new FormatError(code as FormatErrorCode, message);
  if (name === 'ToolError') return new ToolError(code as ToolErrorCode, message);
  if (name === 'DiskError') return new ToolError('IO', message);
  return Object.assign(new Error(message), { code });
}

function newCounters(): Counters {
  return new Float64Array(new SharedArrayBuffer(16));
}
