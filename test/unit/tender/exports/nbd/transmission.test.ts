import t from 'tap';
import { HostError } from '../../../../../tender/base/errors.ts';
import type { BlockDevice } from '../../../../../tender/block/block-device.ts';
import { checkDevice } from '../../../../../tender/block/filters/checked.ts';
import {
  type DeviceCall,
  type Fault,
  makeFaulty,
} from '../../../../../tender/block/filters/faulty.ts';
import { createMemoryDevice } from '../../../../../tender/block/memory-device.ts';
import { NbdExport } from '../../../../../tender/exports/nbd/exports.ts';
import {
  MAX_BUFFERS,
  MAX_WAITING,
  MAX_WAITING_BYTES,
  PIECE_BYTES,
} from '../../../../../tender/exports/nbd/limits.ts';
import { Transmission } from '../../../../../tender/exports/nbd/transmission.ts';
import { Command, CommandFlag, MAX_PAYLOAD } from '../../../../../tender/nbd/numbers.ts';
import { encodeRequest } from '../../../../../tender/nbd/request.ts';
import { deferred } from '../../../../fixtures/deferred.ts';
import { parseReplies } from '../../../../fixtures/nbd-replies.ts';
import { Random } from '../../../../fuzz/random.ts';

const SIZE = 3 * PIECE_BYTES;
const content = Buffer.from(new Random(1).bytes(SIZE));

interface Setting {
  readonly structured?: boolean;
  readonly context?: number;
  readonly faultOf?: (call: DeviceCall) => Fault | undefined;
  /** Answers are not taken by the other side until the test says so. */
  readonly slow?: boolean;
}

function transmit({ structured = false, context, faultOf, slow = false }: Setting = {}) {
  const memory = createMemoryDevice(content);
  const device: BlockDevice = faultOf === undefined ? memory : makeFaulty(memory, faultOf);
  const sent: Buffer[] = [];
  const waiting: (() => void)[] = [];
  const told = {
    flow: [] as boolean[],
    closed: [] as (string | undefined)[],
    failures: [] as string[],
  };
  const transmission = new Transmission(
    {
      export: new NbdExport({ name: 'd', description: '', device: checkDevice(device) }),
      structured,
      context,
    },
    (bytes, done) => {
      sent.push(Buffer.from(bytes));
      if (slow) waiting.push(done);
      else queueMicrotask(done);
    },
    {
      onFlow: (read) => void told.flow.push(read),
      onClose: (reason) => void told.closed.push(reason),
      onFailure: ({ message }) => void told.failures.push(message),
    },
  );
  return {
    transmission,
    told,
    sent,
    /** The other side takes what is on its way. */
    take: () => {
      for (const done of waiting.splice(0)) done();
    },
    replies: () => parseReplies(Buffer.concat(sent), structured),
  };
}

/** Requests are numbered by their cookie. */
let cookies = 0;
function ask(type: number, offset = 0, length = 512, flags = 0): Buffer {
  cookies += 1;
  return encodeRequest({ type, flags, high: 7, low: cookies, offset, length });
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

for (const structured of [false, true]) {
  const kind = structured ? 'structured' : 'simple';

  t.test(`${kind}: any range, also of no whole sectors and of several pieces`, async (t) => {
    for (const [offset, length] of [
      [0, 1],
      [511, 2],
      [512, 512],
      [1000, 5000],
      [0, SIZE],
      [1, SIZE - 1],
      [SIZE - 1, 1],
      [PIECE_BYTES - 3, PIECE_BYTES + 9],
    ] as const) {
      for (const flags of structured ? [0, CommandFlag.DF] : [0]) {
        const { transmission, replies } = transmit({ structured });
        const request = ask(Command.READ, offset, length, flags);
        transmission.receive(request);
        for (let round = 0; round < 20; round += 1) await settle();
        const [reply, ...rest] = replies();
        t.match(reply, { cookie: cookies, error: 0, structured, done: true });
        t.ok(reply?.data.equals(content.subarray(offset, offset + length)), `${offset}+${length}`);
        if (flags === CommandFlag.DF) t.equal(reply?.chunks, 1);
        t.same(rest, []);
        t.match(transmission, { requests: 1, bytes: length });
      }
    }
  });

  t.test(`${kind}: a byte at a time, and many at once, in order`, async (t) => {
    const { transmission, replies, sent } = transmit({ structured });
    const first = cookies + 1;
    const requests = Array.from({ length: 40 }, (_, index) => ask(Command.READ, index * 512));
    const bytes = Buffer.concat(requests);
    for (let at = 0; at < 100; at += 1) transmission.receive(bytes.subarray(at, at + 1));
    const before = sent.length;
    transmission.receive(bytes.subarray(100));
    await settle();
    t.equal(sent.length, before + 1, 'one system call for all that came together');
    const got = replies();
    t.same(
      got.map(({ cookie }) => cookie),
      requests.map((_, index) => first + index),
    );
    t.ok(
      got.every(({ data }, index) => data.equals(content.subarray(index * 512, index * 512 + 512))),
    );
  });

  t.test(`${kind}: what is out of the question, and what changes anything`, async (t) => {
    const EPERM = 1;
    const EINVAL = 22;
    const cases: [Buffer, number][] = [
      [ask(Command.READ, SIZE, 1), EINVAL],
      [ask(Command.READ, SIZE - 1, 2), EINVAL],
      [ask(Command.READ, 0, 0), EINVAL],
      [ask(Command.READ, 0, MAX_PAYLOAD + 1), EINVAL],
      [ask(Command.READ, Number.MAX_SAFE_INTEGER, 512), EINVAL],
      [ask(Command.READ, 0, 512, 0x8000), EINVAL],
      [Buffer.concat([ask(Command.WRITE, 0, 700), Buffer.alloc(700, 'IHAVEOPT')]), EPERM],
      [ask(Command.TRIM), EPERM],
      [ask(Command.WRITE_ZEROES), EPERM],
      [ask(Command.FLUSH, 0, 0), EINVAL],
      [ask(Command.CACHE), 0],
      [ask(Command.BLOCK_STATUS), EINVAL],
      [ask(99), EINVAL],
      ...(structured
        ? []
        : [[ask(Command.READ, 0, 512, CommandFlag.DF), EINVAL] as [Buffer, number]]),
    ];
    const before = Buffer.from(content);
    const { transmission, replies } = transmit({ structured });
    for (const [bytes] of cases) transmission.receive(bytes);
    transmission.receive(ask(Command.READ));
    await settle();
    const got = replies();
    cases.forEach(([, error], index) => {
      t.equal(got[index]?.error, error, `case ${index}`);
    });
    t.equal(got.length, cases.length + 1);
    t.equal(got.at(-1)?.error, 0, 'the next request is answered');
    t.ok(content.equals(before), 'nothing was written');
  });

  t.test(`${kind}: DISC waits for what is in flight`, async (t) => {
    const { promise, resolve } = deferred();
    const { transmission, replies, told } = transmit({
      structured,
      faultOf: () => ({ after: promise }),
    });
    transmission.receive(Buffer.concat([ask(Command.READ), ask(Command.DISC), ask(Command.READ)]));
    await settle();
    t.same(told.closed, []);
    resolve();
    await settle();
    await settle();
    t.equal(replies().length, 1);
    t.same(told.closed, [undefined]);
  });

  t.test(`${kind}: a device that answers late, and in another order`, async (t) => {
    const late = deferred();
    const { transmission, replies } = transmit({
      structured,
      faultOf: ({ offset }) => ({ after: offset === 0 ? late.promise : Promise.resolve() }),
    });
    const first = cookies + 1;
    transmission.receive(
      Buffer.concat([
        ask(Command.READ, 0),
        ask(Command.READ, 512),
        ask(99),
        ask(Command.READ, 1, 5),
      ]),
    );
    await settle();
    t.same(replies(), [], 'answers leave in the order of the requests');
    late.resolve();
    await settle();
    const got = replies();
    t.same(
      got.map(({ cookie }) => cookie - first),
      [0, 1, 2, 3],
    );
    t.ok(got[1]?.data.equals(content.subarray(512, 1024)));
    t.ok(got[3]?.data.equals(content.subarray(1, 6)));
  });

  for (const late of [false, true]) {
    for (const failing of [0, 1]) {
      t.test(
        `${kind}, ${late ? 'late' : 'at once'}: the device fails at piece ${failing}`,
        async (t) => {
          const { transmission, replies, told, sent } = transmit({
            structured,
            faultOf: ({ offset }) => ({
              after: late ? Promise.resolve() : undefined,
              error: offset === failing * PIECE_BYTES ? new HostError('gone') : undefined,
            }),
          });
          transmission.receive(Buffer.concat([ask(Command.READ, 0, SIZE), ask(99)]));
          for (let round = 0; round < 20; round += 1) await settle();
          t.same(told.failures, ['gone']);
          if (!structured && failing === 1) {
            t.match(told.closed, [/in the middle/]);
            t.equal(Buffer.concat(sent).length, 16 + PIECE_BYTES, 'what was read before is all');
          } else {
            t.same(told.closed, []);
            t.match(replies(), [{ error: 5, done: true }, { error: 22 }]);
          }
        },
      );
    }
  }
}

t.test('a chunk that must not be cut: an error in its middle ends the connection', async (t) => {
  const { transmission, told } = transmit({
    structured: true,
    faultOf: ({ offset }) => ({ error: offset === 0 ? undefined : new HostError('gone') }),
  });
  transmission.receive(ask(Command.READ, 0, SIZE, CommandFlag.DF));
  await settle();
  t.match(told.closed, [/in the middle/]);
});

t.test('block status: one extent of data', async (t) => {
  const { transmission, replies } = transmit({ structured: true, context: 1 });
  transmission.receive(
    Buffer.concat([
      ask(Command.BLOCK_STATUS, 512, 4096, CommandFlag.REQ_ONE),
      ask(Command.BLOCK_STATUS, 0, SIZE + 1),
    ]),
  );
  await settle();
  const [status, beyond] = replies();
  t.equal(status?.data.toString('hex'), '000000010000100000000000');
  t.equal(beyond?.error, 22);
});

t.test('what is no request ends the connection, as does a write that is too long', async (t) => {
  for (const [bytes, reason] of [
    [Buffer.alloc(28), /not an NBD request/],
    [ask(Command.WRITE, 0, MAX_PAYLOAD + 1), /a write of/],
  ] as const) {
    const { transmission, told } = transmit();
    transmission.receive(bytes);
    t.match(told.closed, [reason]);
    transmission.receive(ask(Command.READ));
    t.equal(transmission.requests <= 1, true, 'nothing more is heard');
  }
});

t.test('a slow reader: bounded answers are on their way, and nothing more is read', async (t) => {
  const { transmission, told, sent, take, replies } = transmit({ slow: true });
  const first = cookies + 1;
  const requests = Array.from({ length: 30 }, () => ask(Command.READ, 0, PIECE_BYTES));
  transmission.receive(Buffer.concat(requests));
  await settle();
  t.ok(sent.length <= MAX_BUFFERS, `${sent.length} buffers`);
  t.same(told.flow, [false]);
  for (let round = 0; round < 40; round += 1) take();
  t.same(told.flow, [false, true]);
  t.same(
    replies().map(({ cookie }) => cookie - first),
    requests.map((_, index) => index),
  );
});

t.test('a reader that takes nothing, and asks what is refused: as bounded', async (t) => {
  const { transmission, told, sent } = transmit({ slow: true });
  const many = Buffer.concat(Array.from({ length: 1000 }, () => ask(99)));
  for (let round = 0; round < 200 && told.flow.at(-1) !== false; round += 1) {
    transmission.receive(many);
  }
  t.equal(told.flow.at(-1), false, 'it is not read from any more');
  t.ok(sent.length <= MAX_BUFFERS);
});

t.test('a device that answers late is asked for bounded much', async (t) => {
  const { promise, resolve } = deferred();
  let asked = 0;
  let bytes = 0;
  const { transmission, told, replies } = transmit({
    faultOf: ({ length }) => {
      asked += 1;
      bytes += length;
      return { after: promise };
    },
  });
  transmission.receive(Buffer.concat(Array.from({ length: 200 }, () => ask(Command.READ))));
  t.equal(asked, MAX_WAITING);
  t.same(told.flow, [false]);
  resolve();
  for (let round = 0; round < 50; round += 1) await settle();
  t.equal(replies().length, 200);
  t.equal(told.flow.at(-1), true);

  bytes = 0;
  const other = transmit({
    faultOf: ({ length }) => {
      bytes += length;
      return { after: new Promise(() => {}) };
    },
  });
  other.transmission.receive(
    Buffer.concat(Array.from({ length: 63 }, () => ask(Command.READ, 0, SIZE))),
  );
  t.ok(bytes <= MAX_WAITING_BYTES + PIECE_BYTES, `${bytes} bytes`);
});
