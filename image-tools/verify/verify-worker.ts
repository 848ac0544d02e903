// A thread that helps to check an image: takes families of objects (see family-walker.ts) until none is left.
import { parentPort, workerData } from 'node:worker_threads';
import { FamilySweeper } from './family-sweeper.ts';
import type { SweepState } from './sweep-state.ts';

const sweeper = new FamilySweeper(workerData as SweepState, false);
while (sweeper.checkNext());
sweeper.close();
parentPort?.postMessage(sweeper.findings);
