import { Worker } from 'node:worker_threads';
import { describeThreadError } from '../base/errors.ts';
import {
  receiveError,
  type ServeInput,
  type ServeMessage,
  type ServeOrder,
} from './worker-messages.ts';

/** Beside this module: the same source file, or its compiled form. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './mount-worker.ts' : './mount-worker.js',
  import.meta.url,
);
/** It leaves little but short-lived objects behind: a small nursery, often swept, holds them. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2 };

/** A thread that serves one image. */
export interface ServeThread {
  /** Begins to serve on an open /dev/fuse; resolves when it was unmounted. */
  serve(fd: number): Promise<void>;
  /** Ends a thread that was given nothing to serve. */
  stop(): void;
}

/**
 * Starts a thread and opens the image there.
 * @param onFault told, in a line, of what in the image cannot be read
 * @throws DiskError, FormatError (rejects) where the image cannot be opened
 */
export async function startServeThread(
  input: ServeInput,
  onFault: (text: string) => void,
): Promise<ServeThread> {
  const worker = new Worker(WORKER, { workerData: input, resourceLimits: RESOURCE_LIMITS });
  let settle: { resolve(): void; reject(error: unknown): void } | undefined;
  const step = () => new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  const isReady = step();
  worker.on('message', (message: ServeMessage) => {
    if (message.event === 'fault') onFault(message.text);
    else if (message.event === 'failed') settle?.reject(receiveError(message.error));
    else settle?.resolve();
  });
  worker.on('error', (error: Error) => settle?.reject(describeThreadError(error)));
  worker.on('exit', () => settle?.reject(new Error('the serving thread ended')));
  await isReady;
  return {
    serve(fd) {
      const ended = step();
      worker.postMessage({ fd } satisfies ServeOrder);
      return ended;
    },
    stop: () => void worker.terminate(),
  };
}
