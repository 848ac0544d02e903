import { byteLength, copyTo } from '../../base/buffers.ts';
import type { RemoteLimits } from './limits.ts';
import type { Range } from './range.ts';

interface Wanted extends Range {
  readonly into: readonly Uint8Array[];
  done(): void;
  fail(error: unknown): void;
}

/** Joins what lies side by side, and cuts what is too long for one request. */
function join(wanted: readonly Wanted[], most: number): Wanted[][] {
  const runs: Wanted[][] = [];
  for (const one of wanted.toSorted((a, b) => a.start - b.start)) {
    const run = runs.at(-1);
    const [first, last] = [run?.[0], run?.at(-1)];
    const fits = first !== undefined && last?.end === one.start && one.end - first.start <= most;
    if (fits) run?.push(one);
    else runs.push([one]);
  }
  return runs;
}

/**
 * Gathers reads that are asked for together: neighbours travel in one request, and only so many
 * requests are in flight.
 * @param fetch gives exactly the bytes of a range
 */
export function createGatherer(
  fetch: (range: Range) => Promise<Uint8Array>,
  limits: Pick<RemoteLimits, 'parallel' | 'request'>,
): (offset: number, into: readonly Uint8Array[]) => Promise<void> {
  let wanted: Wanted[] = [];
  const waiting: Wanted[][] = [];
  let inFlight = 0;

  async function carryOut(run: readonly Wanted[]): Promise<void> {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined) return;
    try {
      for (let start = first.start; start < last.end; start += limits.request) {
        const end = Math.min(last.end, start + limits.request);
        const bytes = await fetch({ start, end });
        for (const one of run) scatter(bytes, start, one);
      }
      for (const one of run) one.done();
    } catch (error) {
      for (const one of run) one.fail(error);
    }
  }
  function pump(): void {
    while (inFlight < limits.parallel) {
      const run = waiting.shift();
      if (run === undefined) return;
      inFlight += 1;
      const next = () => {
        inFlight -= 1;
        pump();
      };
      carryOut(run).then(next, next);
    }
  }
  function send(): void {
    waiting.push(...join(wanted, limits.request));
    wanted = [];
    pump();
  }

  return (offset, into) =>
    new Promise((done, fail) => {
      // What is asked for in the same turn is sent at its end.
      if (wanted.length === 0) queueMicrotask(send);
      wanted.push({ start: offset, end: offset + byteLength(into), into, done, fail });
    });
}

/** Copies what `bytes`, which begin at `start`, hold of what is wanted. */
function scatter(bytes: Uint8Array, start: number, { start: from, end, into }: Wanted): void {
  const [low, high] = [Math.max(start, from), Math.min(start + bytes.length, end)];
  if (low >= high) return;
  let skip = low - from;
  const rest: Uint8Array[] = [];
  for (const buffer of into) {
    const cut = Math.min(skip, buffer.length);
    skip -= cut;
    rest.push(buffer.subarray(cut));
  }
  copyTo(rest, bytes.subarray(low - start, high - start));
}
