import type { Worker } from 'node:worker_threads';
import { describeThreadError } from '../base/errors.ts';
import { startThread } from '../base/start-thread.ts';
import type { ObjectList } from '../source/objects.ts';
import { ContentChangedError } from './errors.ts';
import type { TaskAnswer, TaskKind, TaskRequest, Tasks, WorkerInput } from './tasks.ts';

/** Beside this module: the same source file, or its compiled form. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './pack-worker.ts' : './pack-worker.js',
  import.meta.url,
);

/** Workers leave little but short-lived buffers behind: a small nursery, often swept, holds them. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4 };

interface Job {
  readonly request: TaskRequest;
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

/**
 * Worker threads that take tasks in the order they are given, up to `jobs`; each starts when there is
 * a task for it. Close it when done.
 */
export class WorkerPool {
  readonly #jobs: number;
  readonly #objects: ObjectList;
  readonly #input: WorkerInput;
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #running = new Map<Worker, Job>();
  readonly #waiting: Job[] = [];
  #failure: Error | undefined;

  constructor(jobs: number, objects: ObjectList, input: WorkerInput) {
    this.#jobs = jobs;
    this.#objects = objects;
    this.#input = input;
  }

  /** Runs one task. */
  run<Kind extends TaskKind>(
    kind: Kind,
    input: Tasks[Kind]['input'],
  ): Promise<Tasks[Kind]['output']> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        request: { kind, input } as TaskRequest,
        resolve: resolve as (output: unknown) => void,
        reject,
      });
      this.#dispatch();
    });
  }

  /** Starts a thread for a task that is still to come. */
  warm(): void {
    const worker = this.#start();
    if (worker !== undefined) this.#idle.push(worker);
  }

  /** Stops all threads; tasks still running or waiting are given up. */
  async close(): Promise<void> {
    this.#failure ??= new Error('the packer was stopped');
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    if (this.#failure !== undefined) {
      for (const job of this.#waiting.splice(0)) job.reject(this.#failure);
      return;
    }
    while (this.#waiting.length > 0) {
      const worker = this.#idle.shift() ?? this.#start();
      if (worker === undefined) return;
      const job = this.#waiting.shift() as Job;
      this.#running.set(worker, job);
      worker.postMessage(job.request);
    }
  }

  /** One thread more, if there may be one, and the system has one to give. */
  #start(): Worker | undefined {
    if (this.#workers.length === this.#jobs) return undefined;
    const input = { workerData: this.#input, resourceLimits: RESOURCE_LIMITS };
    let worker: Worker;
    try {
      worker = startThread(WORKER, input);
    } catch (error) {
      this.#fail(error as Error);
      return undefined;
    }
    worker.on('message', (answer: TaskAnswer) => this.#finish(worker, answer));
    worker.on('error', (error) => this.#fail(describeThreadError(error as Error)));
    worker.on('exit', () => this.#fail(new Error('a worker thread of the packer ended')));
    this.#workers.push(worker);
    return worker;
  }

  #finish(worker: Worker, answer: TaskAnswer): void {
    const job = this.#running.get(worker);
    this.#running.delete(worker);
    this.#idle.push(worker);
    if (answer.ok) job?.resolve(answer.output);
    else if (answer.changedRow === undefined) job?.reject(answer.error);
    else job?.reject(new ContentChangedError(this.#objects, answer.changedRow, answer.error));
    this.#dispatch();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const job of this.#running.values()) job.reject(this.#failure);
    this.#running.clear();
    this.#dispatch();
  }
}
