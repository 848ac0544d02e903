// The worker thread of the packer: answers each task with its result.
import { parentPort, workerData } from 'node:worker_threads';
import { ObjectList } from '../source/objects.ts';
import { adler32 } from './adler32.ts';
import { deflatePart } from './deflate-parts.ts';
import { ContentChangedError } from './errors.ts';
import { createKernel, type Kernel } from './kernel.ts';
import { encodeSegment } from './segment-encoder.ts';
import { sketchObjects } from './sketcher.ts';
import type { TaskAnswer, TaskRequest, Tasks, WorkerInput } from './tasks.ts';

const { objects: shared, search } = workerData as WorkerInput;
const objects = ObjectList.from(shared);
let kernel = createKernel();

/** A kernel whose memory has grown beyond this is not kept for the next task, in bytes. */
const KEEP_MEMORY = 96 << 20;

/** The same kernel from task to task: those left behind would stay in memory until a collection. */
function reusedKernel(): Kernel {
  if (kernel.memory.buffer.byteLength > KEEP_MEMORY) kernel = createKernel();
  return kernel;
}

function deflatePiece({ piece, last }: Tasks['deflate']['input']) {
  const data = deflatePart(piece, search.deflateLevel, last);
  return { data: new Uint8Array(data), adler: adler32(piece) };
}

function run(request: TaskRequest): { output: Tasks[keyof Tasks]['output']; moved: ArrayBuffer } {
  switch (request.kind) {
    case 'sketch': {
      const output = sketchObjects(reusedKernel(), objects, request.input.rows);
      return { output, moved: output.buffer };
    }
    case 'segment': {
      const output = encodeSegment(reusedKernel(), objects, search, request.input);
      return { output, moved: output.entries.data.buffer };
    }
    case 'deflate': {
      const output = deflatePiece(request.input);
      return { output, moved: output.data.buffer };
    }
  }
}

parentPort?.on('message', (request: TaskRequest) => {
  try {
    const { output, moved } = run(request);
    parentPort?.postMessage({ ok: true, output } satisfies TaskAnswer, [moved]);
  } catch (error) {
    // Classes do not survive the journey: a row does.
    const changedRow = error instanceof ContentChangedError ? error.row : undefined;
    const cause = changedRow === undefined ? error : (error as Error).cause;
    parentPort?.postMessage({ ok: false, error: cause, changedRow } satisfies TaskAnswer);
  }
});
