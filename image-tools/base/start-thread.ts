import type { Worker, WorkerOptions } from 'node:worker_threads';
import { describeThreadError } from './errors.ts';

/** Starts a thread. @throws ToolError IO where the system has none to give: some faults show only as its `error` */
export function startThread(program: URL, options: WorkerOptions): Worker {
  // Most commands need none: they do not wait for the module.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  try {
    return new Worker(program, options);
  } catch (error) {
    throw describeThreadError(error as Error);
  }
}
