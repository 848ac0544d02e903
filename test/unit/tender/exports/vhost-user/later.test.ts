// A device whose bytes come later: what a machine sees of it.
import t from 'tap';
import { VhostRequest } from '../../../../../tender/exports/vhost-user/wire/message.ts';
import { createAwaitedDevice } from '../../../../../tender/fetcher/awaited-device.ts';
import { LINE_BYTES } from '../../../../../tender/fetcher/awaited-lines.ts';
import { FakeFetcher } from '../../../../fixtures/fake-fetcher.ts';
import { DATA, FrontEnd, GUEST } from '../../../../fixtures/vhost-front-end.ts';
import { Random } from '../../../../fuzz/random.ts';

const SECTORS_OF_LINE = LINE_BYTES / 512;
const content = Buffer.from(new Random(8).bytes(64 * LINE_BYTES));

function start(position = 0) {
  const fetcher = new FakeFetcher(content);
  const faults: string[] = [];
  const device = createAwaitedDevice(fetcher.lines, 512, (message) => faults.push(message));
  const front = new FrontEnd(device, position, fetcher.lines);
  const fds = front.start(position);
  return { fetcher, front, faults, ...fds };
}

/** Reads line `line` for the request at a place, whose data lie in a place of their own. */
function ask(front: FrontEnd, place: number, line: number): void {
  front.request(0, line * SECTORS_OF_LINE, 512, GUEST + DATA + place * 512, place);
}
const got = (front: FrontEnd, place: number, line: number) =>
  Buffer.from(front.bytes.subarray(DATA + place * 512, DATA + place * 512 + 512)).equals(
    content.subarray(line * LINE_BYTES, line * LINE_BYTES + 512),
  );

t.test('requests are given back in their order, whatever comes first', async (t) => {
  const { fetcher, front, call } = start();
  for (const place of [0, 1, 2]) ask(front, place, 10 * (place + 1));
  front.serve();
  t.equal(fetcher.asked.length, 3, 'all are under way');
  t.equal(front.used, 0);
  t.equal(front.usedFlags, 0, 'the device sleeps, and wants to be woken');
  fetcher.answer(2);
  fetcher.answer(1);
  front.serve();
  t.equal(front.used, 0, 'the first one is not there');
  t.equal(front.signals.get(call), undefined);
  fetcher.answer();
  front.serve();
  t.same(front.usedHeads(), [0, 3, 6]);
  for (const place of [0, 1, 2]) {
    t.equal(front.statusOf(place), 0);
    t.ok(got(front, place, 10 * (place + 1)));
  }
  t.equal(front.signals.get(call), 1);
  front.session.close();
  t.equal(front.open.size, 0);
});

t.test('a failure is an error of that request; asked again, it is tried again', async (t) => {
  const { fetcher, front, faults } = start();
  ask(front, 0, 5);
  front.serve();
  fetcher.answer(0, 'the server is away');
  front.serve();
  t.equal(front.statusOf(0), 1);
  t.same(faults, ['the server is away']);
  ask(front, 0, 5);
  front.serve();
  fetcher.answer();
  front.serve();
  t.equal(front.statusOf(0), 0);
  t.ok(got(front, 0, 5));
});

t.test('a ring that stops with requests under way begins again at them', async (t) => {
  for (const position of [0, 65_534]) {
    const { fetcher, front } = start(position);
    for (const place of [0, 1, 2]) ask(front, place, 10 * (place + 1));
    front.serve();
    fetcher.answer();
    front.serve();
    t.equal(front.statusOf(0), 0);
    const stopped = front.state(VhostRequest.GET_VRING_BASE, 0)?.readUInt32LE(4);
    t.equal(stopped, (position + 1) & 0xffff);
    front.bytes.fill(0, DATA);
    fetcher.answerAll();
    front.serve();
    t.ok(
      front.bytes.subarray(DATA).every((byte) => byte === 0),
      'nothing is written behind its back',
    );
    t.equal(front.statusOf(1), 0xee);
    front.start(stopped);
    front.serve();
    fetcher.answerAll();
    front.serve();
    for (const place of [1, 2]) t.ok(got(front, place, 10 * (place + 1)));
  }
});

t.test('a head that is under way begins no other chain', async (t) => {
  const { front } = start();
  ask(front, 0, 5);
  ask(front, 0, 6);
  t.throws(() => front.serve(), /in flight/);
});

t.test('what calls under way hold is bounded', async (t) => {
  // Room for 32 lines: twice as many are the most.
  const fetcher = new FakeFetcher(content, 2 * LINE_BYTES);
  const front = new FrontEnd(
    createAwaitedDevice(fetcher.lines, 512, () => {}),
    0,
    fetcher.lines,
  );
  front.start();
  // The first one is never answered; the others hold what they have read.
  ask(front, 0, 60);
  front.serve();
  const [first] = fetcher.asked;
  for (let place = 1; place < 5; place += 1) ask(front, place, place * 5);
  front.serve();
  while (fetcher.asked.length > 1) fetcher.answer(1);
  front.serve();
  t.equal(fetcher.asked[0], first);
  t.equal(front.used, 0);
  fetcher.answer();
  front.serve();
  t.equal(front.used, 5, 'all end well');
  t.ok(got(front, 4, 20));
});
