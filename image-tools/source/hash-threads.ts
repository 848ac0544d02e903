import type { Worker } from 'node:worker_threads';
import { describeThreadError } from '../base/errors.ts';
import { startThread } from '../base/start-thread.ts';
import type { Links } from '../files/folder-handle.ts';
import type { FoundFiles } from './found-files.ts';

/** What every thread is given at its start: which folder to read, and how. */
export interface HashInput {
  readonly root: Uint8Array;
  readonly rootIdentity: string;
  readonly links: Links;
  readonly omit: string | undefined;
}

/** Paths relative to the root: their bytes, concatenated, and the end of each. */
export interface PathList {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** Beside this module: the same source file, or its compiled form. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './hash-worker.ts' : './hash-worker.js',
  import.meta.url,
);

/** A thread, and the questions that it has not answered yet, in order. */
interface Helper {
  readonly worker: Worker;
  readonly asked: { resolve(found: FoundFiles): void; reject(error: Error): void }[];
}

/** Threads that hash files; they start with the first list, unless they have before. Close them when done. */
export class HashThreads {
  readonly #input: HashInput;
  readonly #count: number;
  readonly #helpers: Helper[] = [];
  #failure: Error | undefined;

  constructor(input: HashInput, count: number) {
    this.#input = input;
    this.#count = count;
  }

  /** Starts all threads. @throws ToolError IO if one cannot be started */
  start(): void {
    while (this.#helpers.length < this.#count) this.#helpers.push(this.#startOne());
  }

  /**
   * Has the files at `paths` hashed by the thread that has the least to do.
   * @throws ToolError IO if no thread can be started; what ends a thread
   */
  hash(paths: readonly Uint8Array[]): Promise<FoundFiles> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.start();
    const helper = this.#helpers.reduce((a, b) => (b.asked.length < a.asked.length ? b : a));
    const ends = new Uint32Array(paths.length);
    let end = 0;
    for (const [i, path] of paths.entries()) {
      end += path.length;
      ends[i] = end;
    }
    const bytes = new Uint8Array(end);
    for (const [i, path] of paths.entries()) bytes.set(path, (ends[i] as number) - path.length);
    return new Promise((resolve, reject) => {
      helper.asked.push({ resolve, reject });
      helper.worker.postMessage({ bytes, ends } satisfies PathList);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#helpers.map(({ worker }) => worker.terminate()));
  }

  #startOne(): Helper {
    const worker = startThread(WORKER, { workerData: this.#input });
    const helper: Helper = { worker, asked: [] };
    worker.on('message', (found: FoundFiles) => helper.asked.shift()?.resolve(found));
    const fail = (error: Error) => {
      this.#failure ??= error;
      for (const { reject } of helper.asked.splice(0)) reject(error);
    };
    worker.on('error', (error) => fail(describeThreadError(error as Error)));
    worker.on('exit', () => fail(new Error('a thread that reads the folder ended')));
    return helper;
  }
}
