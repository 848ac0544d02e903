import t from 'tap';
import { LINE_BYTES } from '../../../../tender/fetcher/awaited-lines.ts';
import {
  DONE,
  encodeReply,
  FAILED,
  MAX_REQUESTS,
  MAX_WORDS,
} from '../../../../tender/fetcher/wire.ts';
import { FakeFetcher } from '../../../fixtures/fake-fetcher.ts';
import { Random } from '../../../fuzz/random.ts';

const content = new Random(3).bytes(100 * LINE_BYTES);

/** Asks for a line, which nobody has answered yet. */
function waiting() {
  const fetcher = new FakeFetcher(content);
  const { lines } = fetcher;
  const call = lines.begin();
  lines.attempt(call, () => lines.window(0, 100));
  return { fetcher, lines, call };
}

t.test('a reply in pieces of any size', async (t) => {
  for (const size of [1, 5, 12, 13, 4096, LINE_BYTES + 11]) {
    const { fetcher, lines, call } = waiting();
    fetcher.answer(0, undefined, size);
    t.ok(call.isReady);
    const window = lines.attempt(call, () => lines.window(0, 100));
    t.ok(
      Buffer.from(window ?? []).equals(content.subarray(0, LINE_BYTES)),
      `pieces of ${size} bytes`,
    );
  }
});

t.test('what is no answer to what was asked', async (t) => {
  const cases: [string, number, number, number][] = [
    ['to nothing', 99, DONE, LINE_BYTES],
    ['too little', 1, DONE, LINE_BYTES - 1],
    ['too much', 1, DONE, LINE_BYTES + 1],
    ['more than anything', 1, DONE, 2 ** 32 - 1],
    ['an unknown status', 1, 7, LINE_BYTES],
    ['endless words', 1, FAILED, MAX_WORDS + 1],
  ];
  for (const [name, id, status, length] of cases) {
    const { fetcher, lines } = waiting();
    fetcher.say(encodeReply({ id, status, length }));
    t.throws(() => lines.hear(), /makes no sense|answers/, name);
  }
  const { fetcher, lines } = waiting();
  fetcher.answer();
  fetcher.say(encodeReply({ id: 1, status: DONE, length: LINE_BYTES }));
  t.throws(() => lines.hear(), /was not asked/, 'the same answer twice');
});

t.test('its end', async (t) => {
  const { fetcher, lines, call } = waiting();
  fetcher.isGone = true;
  t.throws(() => lines.hear(), /has ended/);
  t.notOk(call.isReady);
  const other = lines.begin();
  t.throws(() => lines.attempt(other, () => lines.window(LINE_BYTES * 50, 1)), /has ended/);
});

t.test('no more is under way than fits into the socket', async (t) => {
  const fetcher = new FakeFetcher(new Uint8Array(400 * LINE_BYTES));
  const { lines } = fetcher;
  for (let line = 0; line < 200; line += 2) {
    const call = lines.begin();
    lines.attempt(call, () => lines.window(line * LINE_BYTES, 1));
  }
  t.equal(fetcher.asked.length, MAX_REQUESTS);
  fetcher.answer(5);
  t.equal(fetcher.asked.length, MAX_REQUESTS, 'the next one follows');
  fetcher.answerAll();
  t.equal(fetcher.history.length, 100);
});
