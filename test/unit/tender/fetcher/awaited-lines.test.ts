import t from 'tap';
import {
  type AwaitedLines,
  LINE_BYTES,
  NotAtHand,
} from '../../../../tender/fetcher/awaited-lines.ts';
import { FakeFetcher } from '../../../fixtures/fake-fetcher.ts';
import { Random } from '../../../fuzz/random.ts';

const LINES = 200;
const content = new Random(4).bytes(LINES * LINE_BYTES - 512);

/** Copies out of lines, as a reader does. */
function read(lines: AwaitedLines, offset: number, length: number): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = offset; at < offset + length; ) {
    const part = lines.window(at, offset + length - at).subarray(0, offset + length - at);
    parts.push(part);
    at += part.length;
  }
  return Buffer.concat(parts);
}

t.test('a call is made again until it has all', async (t) => {
  const fetcher = new FakeFetcher(content);
  const { lines } = fetcher;
  const call = lines.begin();
  const want = () => read(lines, 1000, 3 * LINE_BYTES);
  t.equal(lines.attempt(call, want), undefined);
  t.notOk(call.isReady);
  t.same(fetcher.history, [[0, 4]], 'what is wanted is asked for at once');
  fetcher.answer();
  t.ok(call.isReady);
  t.ok(lines.attempt(call, want)?.equals(content.subarray(1000, 1000 + 3 * LINE_BYTES)));
  lines.end(call);
  const end = lines.begin();
  const last = () => read(lines, content.length - 100, 100);
  lines.attempt(end, last);
  fetcher.answer();
  t.ok(lines.attempt(end, last)?.equals(content.subarray(-100)), 'the end is no whole line');
  t.equal(lines.window(content.length, 5).length, 0);
  t.equal(lines.window(-1, 5).length, 0);
  t.throws(() => lines.window(100 * LINE_BYTES, 5), NotAtHand);
});

t.test('several calls: a line is fetched once, and all of them go on', async (t) => {
  const fetcher = new FakeFetcher(content);
  const { lines } = fetcher;
  const calls = [1, 2, 3].map(() => lines.begin());
  for (const call of calls) lines.attempt(call, () => lines.window(5 * LINE_BYTES, 1));
  const other = lines.begin();
  lines.attempt(other, () => lines.window(50 * LINE_BYTES, 1));
  t.same(fetcher.history, [
    [5, 1],
    [50, 1],
  ]);
  fetcher.answer(1);
  t.ok(other.isReady, 'answers come in any order');
  t.notOk(calls.some(({ isReady }) => isReady));
  fetcher.answer();
  t.ok(calls.every(({ isReady }) => isReady));
});

t.test('a failure is told once to each that waits, and the next call tries again', async (t) => {
  const fetcher = new FakeFetcher(content);
  const { lines } = fetcher;
  const calls = [1, 2].map(() => lines.begin());
  const want = () => lines.window(0, 1);
  for (const call of calls) lines.attempt(call, want);
  fetcher.answer(0, 'the server is away\x1b[31m');
  for (const call of calls) {
    t.ok(call.isReady);
    t.throws(() => lines.attempt(call, want), { message: 'the server is away [31m' });
    lines.end(call);
  }
  const next = lines.begin();
  t.equal(lines.attempt(next, want), undefined);
  t.equal(fetcher.history.length, 2);
  fetcher.answer();
  t.ok(lines.attempt(next, want));
});

t.test('what a call has touched stays until it ends; what is not used goes', async (t) => {
  const fetcher = new FakeFetcher(content, 4 * LINE_BYTES);
  const { lines } = fetcher;
  const call = lines.begin();
  const touch = (count: number) => () => {
    // Each in another place: nothing is read ahead.
    for (let index = 0; index < count; index += 1) lines.window(index * 3 * LINE_BYTES, 1);
    return true;
  };
  let attempts = 0;
  while (lines.attempt(call, touch(20)) === undefined) {
    attempts += 1;
    fetcher.answerAll();
  }
  t.equal(attempts, 20, 'nothing was fetched twice');
  t.ok(lines.isFull, 'no further call is to begin');
  lines.end(call);
  t.notOk(lines.isFull);
  const again = lines.begin();
  t.equal(lines.attempt(again, touch(1)), undefined, 'the oldest one went');
});

t.test('what is announced comes along; reads that follow one another fetch more', async (t) => {
  const fetcher = new FakeFetcher(content);
  const { lines } = fetcher;
  const call = lines.begin();
  lines.attempt(call, () => {
    lines.expect(40 * LINE_BYTES, 100);
    lines.prefetch(Float64Array.of(60 * LINE_BYTES, 62 * LINE_BYTES, 90 * LINE_BYTES, 1e12));
    return lines.window(0, 1);
  });
  t.same(fetcher.history.slice(0, 4), [
    [0, 1],
    [40, 1],
    [60, 2],
    [90, 32],
  ]);
  fetcher.answerAll();
  fetcher.history.length = 0;
  const reading = lines.begin();
  const all = () => read(lines, 0, 40 * LINE_BYTES);
  while (lines.attempt(reading, () => read(lines, 0, 20 * LINE_BYTES)) === undefined) {
    fetcher.answerAll();
  }
  t.ok(lines.attempt(reading, all) === undefined || true);
  const counts = fetcher.history.map(([, count]) => count);
  t.ok(counts.length <= 3, `${counts}`);
  for (const [first, count] of fetcher.history) t.ok(first + count <= LINES);
});

t.test('a call that did without what is missing is done', async (t) => {
  const { lines } = new FakeFetcher(content);
  const call = lines.begin();
  const result = lines.attempt(call, () => {
    try {
      return lines.window(0, 1).length;
    } catch {
      return -1;
    }
  });
  t.equal(result, -1);
  t.ok(call.isReady);
});
