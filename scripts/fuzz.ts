// Runs everything that takes hostile input on mutated input, for a bounded time.
// usage: node --conditions=docteur:source scripts/fuzz.ts [--seconds=60] [--seed=N] [--target=NAME]
//        ... --target=NAME --reproduce=SEED      one execution that found something
//        ... --coverage       at the end, how much of each room was reached, and which functions were not
// Exit status: 0 nothing found, 1 something found, 64 bad usage.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describeCoverage } from '../test/fuzz/coverage.ts';
import { createTargets } from '../test/fuzz/fuzz.ts';
import type { FuzzJob, FuzzMessage } from '../test/fuzz/worker.ts';
import { parseNumberOption } from './number-option.ts';

/** Milliseconds of the processor: no execution takes nearly as much. */
const HANG_MS = 20_000;
const HEAP_MIB = 512;

const NUMBER = /^[0-9]{1,10}$/;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    target: { type: 'string' },
    reproduce: { type: 'string' },
    coverage: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'docteur-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const names = createTargets(mkdtempSync(join(folder, 'names-'))).map(({ name }) => name);
if (values.target !== undefined && !names.includes(values.target)) {
  process.stderr.write(`fuzz: no target '${values.target}'; there are ${names.join(', ')}\n`);
  process.exit(64);
}
const seed = parseNumberOption('seed', values.seed, NUMBER);
const current = new Uint32Array(new SharedArrayBuffer(8));
const job: FuzzJob = {
  folder,
  seed,
  seconds: parseNumberOption('seconds', values.seconds, NUMBER),
  target: values.target,
  only:
    values.reproduce === undefined
      ? undefined
      : parseNumberOption('reproduce', values.reproduce, NUMBER),
  coverage: values.coverage,
  current,
};

let findings = 0;
let executions = 0;
function report(target: string, seed: number, text: string): void {
  findings += 1;
  process.stdout.write(`FOUND  --target=${target} --reproduce=${seed}\n${text}\n`);
}

process.stdout.write(`seed ${seed}, ${job.seconds} seconds\n`);
const worker = new Worker(join(import.meta.dirname, '../test/fuzz/worker.ts'), {
  workerData: job,
  resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
});
worker.on('message', (message: FuzzMessage) => {
  if (message.kind === 'finding') report(message.target, message.seed, message.text);
  else if (message.kind === 'coverage') process.stdout.write(describeCoverage(message.reached));
  else {
    executions += message.executions;
    process.stdout.write(`${message.target.padEnd(13)} ${message.executions} executions\n`);
  }
});
const running = () => [names[current[0] as number] as string, current[1] as number] as const;
worker.on('error', (error) => report(...running(), `the thread died: ${error.stack}`));

/** Processor time of this process: nothing but the thread is working. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The execution that ran when the watch last looked, and since when. */
let seen = { execution: '', since: 0 };
const watch = setInterval(() => {
  const execution = running().join();
  if (execution !== seen.execution) seen = { execution, since: processorTime() };
  else if (processorTime() - seen.since > HANG_MS) {
    report(...running(), `no end after ${HANG_MS} ms of the processor`);
    void worker.terminate();
  }
}, 1000);
worker.on('exit', () => {
  clearInterval(watch);
  process.stdout.write(`${executions} executions, ${findings} findings\n`);
  process.exitCode = findings > 0 ? 1 : 0;
});
