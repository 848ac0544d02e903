import { Buffer } from 'node:buffer';
import t from 'tap';
import type { ReadBody } from '../../../../../../guest/host/web/site-response.ts';
import { dateLineOf } from '../../../../../../image-tools/docteur/serve/http/answer-head.ts';
import { HotAnswers } from '../../../../../../image-tools/docteur/serve/http/hot-answers.ts';

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n';
const START = 1_700_000_000;

/** A body that counts how often it is read. */
function body(text = 'abc') {
  const bytes = Buffer.from(text);
  const read = { count: 0 };
  const fill: ReadBody['fill'] = (into, offset) => {
    read.count += 1;
    into.set(bytes.subarray(offset, offset + into.length));
  };
  return { from: 0, to: bytes.length, fill, read };
}

/** Asks at a second after the start. */
function asker(hot: HotAnswers, headers: Record<string, string>, content = body()) {
  return (after: number) => {
    const { second, text } = dateLineOf((START + after) * 1000);
    return hot.enter(headers, HEAD, text, second, content);
  };
}

const whole = (after: number) =>
  `${HEAD}date: ${new Date((START + after) * 1000).toUTCString()}\r\n\r\nabc`;

t.test('an answer is kept from its second request within a second', async (t) => {
  const hot = new HotAnswers();
  const content = body();
  const ask = asker(hot, {}, content);
  t.equal(ask(0), undefined);
  t.equal(ask(1), undefined, 'not one request each second');
  const answer = ask(1);
  t.equal(String(answer?.bytes), whole(1));
  t.equal(content.read.count, 1);
  if (answer !== undefined) hot.leave(answer);
  const later = ask(2);
  t.equal(later, answer, 'in the same memory');
  t.equal(String(later?.bytes), whole(2), 'with another date');
  t.equal(content.read.count, 1);
});

t.test('memory that a client still reads is not written into', async (t) => {
  const hot = new HotAnswers();
  const ask = asker(hot, {});
  ask(0);
  const [first, again] = [ask(0), ask(0)];
  t.equal(first, again);
  const later = ask(1);
  t.not(later?.slot, first?.slot);
  t.equal(String(first?.bytes), whole(0));
  t.equal(String(later?.bytes), whole(1));
  if (first === undefined) return;
  hot.leave(first);
  const other = asker(hot, {});
  other(1);
  t.not(other(1)?.slot, first.slot, 'one of two clients is still there');
  hot.leave(first);
  const third = asker(hot, {});
  third(1);
  t.equal(third(1)?.slot, first.slot, 'memory is used again');
});

t.test('what nobody asks for any more goes', async (t) => {
  const hot = new HotAnswers(1);
  const [one, two] = [asker(hot, {}), asker(hot, {})];
  one(0);
  const answer = one(0);
  if (answer !== undefined) hot.leave(answer);
  two(0);
  t.equal(two(0), undefined, 'no room');
  two(1);
  t.equal(two(1), undefined, 'one was asked for in the second before');
  two(2);
  t.equal(two(2)?.slot, answer?.slot);
});

t.test('an answer in use may take the last memory', async (t) => {
  const hot = new HotAnswers(1);
  const ask = asker(hot, {});
  ask(0);
  const answer = ask(0);
  t.ok(answer);
  t.equal(ask(1), undefined, 'no memory for another date');
  t.equal(String(answer?.bytes), whole(0));
  if (answer !== undefined) hot.leave(answer);
  ask(1);
  t.equal(String(ask(1)?.bytes), whole(1));
});

t.test('what is too large, and what cannot be read', async (t) => {
  const hot = new HotAnswers(1);
  const large = asker(hot, {}, body('x'.repeat(1 << 16)));
  large(0);
  t.equal(large(0), undefined);
  const damaged = asker(
    hot,
    {},
    {
      ...body(),
      fill: () => {
        throw new Error('damaged');
      },
    },
  );
  damaged(0);
  t.throws(() => damaged(0), { message: 'damaged' });
  const sound = asker(hot, {});
  sound(0);
  t.ok(sound(0), 'its memory is free');
});
