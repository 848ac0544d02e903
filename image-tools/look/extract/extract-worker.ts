// A thread that helps to write files: of each batch it takes some until none is left.
import { parentPort, workerData } from 'node:worker_threads';
import { openImageFile } from '../../../guest/host/index.ts';
import type { FileTasks } from './file-batch.ts';
import type { WorkerAnswer, WorkerInput } from './file-writers.ts';
import { giveUp, writeSome } from './write-files.ts';

const { image, mount, options, counters } = workerData as WorkerInput;
const opened = openImageFile(image as string, mount);

parentPort?.on('message', (tasks: FileTasks) => {
  let answer: WorkerAnswer;
  try {
    while (writeSome(opened.fs.nodes, tasks, options, counters));
    answer = {};
  } catch (error) {
    giveUp(tasks);
    const { name, code, message } = error as Error & { code?: string };
    answer = { error: { name, code, message } };
  }
  parentPort?.postMessage(answer);
});
