import t from 'tap';
import { checkDevice } from '../../../../../tender/block/filters/checked.ts';
import { createMemoryDevice } from '../../../../../tender/block/memory-device.ts';
import { ExportList } from '../../../../../tender/exports/nbd/exports.ts';
import { MAX_OPTION_BYTES, MAX_OPTIONS } from '../../../../../tender/exports/nbd/limits.ts';
import { Negotiation, type TlsState } from '../../../../../tender/exports/nbd/negotiation.ts';
import { decodeExportInfo } from '../../../../../tender/nbd/export-info.ts';
import { encodeInfoRequest } from '../../../../../tender/nbd/info-request.ts';
import { encodeMetaContextRequest } from '../../../../../tender/nbd/meta-context-request.ts';
import { Option, OptionReply } from '../../../../../tender/nbd/numbers.ts';
import { decodeOptionReply, OPTION_REPLY_BYTES } from '../../../../../tender/nbd/option-reply.ts';
import { encodeOptionRequest } from '../../../../../tender/nbd/option-request.ts';

const FLAGS = Buffer.from([0, 0, 0, 3]);

function twoExports(): ExportList {
  const exports = new ExportList();
  exports.replace(
    ['one', 'two'].map((name, index) => ({
      name,
      description: `the ${name}`,
      device: checkDevice(createMemoryDevice(new Uint8Array(512 * (index + 1)))),
    })),
  );
  return exports;
}

/** A negotiation, and the replies to what it is told. */
function negotiate(tls: TlsState = 'off') {
  const sent: Buffer[] = [];
  const negotiation = new Negotiation(twoExports(), tls, (bytes) => void sent.push(bytes));
  function replies() {
    const bytes = Buffer.concat(sent.splice(0));
    const list: { option: number; type: number; data: Buffer }[] = [];
    for (let at = 0; at < bytes.length; ) {
      const head = decodeOptionReply(bytes, at);
      if (head === undefined) throw new Error(`no reply at ${at}`);
      const data = bytes.subarray(at + OPTION_REPLY_BYTES, at + OPTION_REPLY_BYTES + head.length);
      list.push({ option: head.option, type: head.type, data });
      at += OPTION_REPLY_BYTES + head.length;
    }
    return list;
  }
  if (tls !== 'done') {
    sent.splice(0);
    negotiation.receive(FLAGS);
  }
  return {
    negotiation,
    sent,
    ask(option: number, data?: Uint8Array) {
      const step = negotiation.receive(encodeOptionRequest(option, data));
      return { step, replies: replies() };
    },
  };
}

const info = (name: string, ...infos: number[]) => encodeInfoRequest({ name, infos });
const types = (replies: { type: number }[]) => replies.map(({ type }) => type);
const { ACK, INFO, SERVER, META_CONTEXT } = OptionReply;

t.test('what clients say may come a byte at a time', async (t) => {
  const sent: Buffer[] = [];
  const negotiation = new Negotiation(twoExports(), 'off', (bytes) => void sent.push(bytes));
  const said = Buffer.concat([
    FLAGS,
    encodeOptionRequest(Option.STRUCTURED_REPLY),
    encodeOptionRequest(Option.GO, info('two', 3)),
  ]);
  said.forEach((byte, index) => {
    const step = negotiation.receive(Buffer.from([byte]));
    t.equal(step.kind, index === said.length - 1 ? 'go' : 'more');
    if (step.kind !== 'go') return;
    t.match(step.session, { structured: true, context: undefined, export: { name: 'two' } });
    t.equal(step.rest.length, 0);
  });
});

t.test('GO with no infos tells what it must, with all infos the rest', async (t) => {
  const bare = negotiate().ask(Option.GO, info(''));
  t.same(types(bare.replies), [INFO, ACK]);
  t.same(decodeExportInfo(bare.replies[0]?.data as Buffer), { size: 512, flags: 0x103 });
  const full = negotiate().ask(Option.GO, info('two', 3, 0, 1, 2, 2, 2, 77));
  t.same(types(full.replies), [INFO, INFO, INFO, INFO, ACK]);
  t.same(
    full.replies.slice(1, 3).map(({ data }) => data.toString('latin1', 2)),
    ['two', 'the two'],
  );
});

t.test('INFO goes no further; SEND_DF is offered only with structured replies', async (t) => {
  const client = negotiate();
  t.equal(client.ask(Option.INFO, info('one')).step.kind, 'more');
  t.same(types(client.ask(Option.STRUCTURED_REPLY).replies), [ACK]);
  const { replies } = client.ask(Option.INFO, info('one'));
  t.equal(decodeExportInfo(replies[0]?.data as Buffer)?.flags, 0x183);
});

t.test('what comes behind GO is the transmission', async (t) => {
  const { negotiation } = negotiate();
  const step = negotiation.receive(
    Buffer.concat([encodeOptionRequest(Option.GO, info('')), Buffer.from('rest')]),
  );
  t.equal(step.kind === 'go' && step.rest.toString(), 'rest');
});

t.test('EXPORT_NAME: an answer of its own, and no other way to refuse than to close', async (t) => {
  const client = negotiate();
  const step = client.negotiation.receive(
    encodeOptionRequest(Option.EXPORT_NAME, Buffer.from('two')),
  );
  t.equal(step.kind, 'go');
  t.equal(Buffer.concat(client.sent).toString('hex'), '00000000000004000103');
  const other = negotiate().negotiation;
  t.equal(other.receive(encodeOptionRequest(Option.EXPORT_NAME, Buffer.from('x'))).kind, 'close');
});

t.test('LIST names every export', async (t) => {
  const { replies } = negotiate().ask(Option.LIST);
  t.same(types(replies), [SERVER, SERVER, ACK]);
  t.equal(replies[1]?.data.toString('latin1', 4), 'twothe two');
});

t.test(
  'contexts: only base:allocation, only with structured replies, only for that export',
  async (t) => {
    const query = (name: string, ...queries: string[]) =>
      encodeMetaContextRequest({ name, queries });
    const client = negotiate();
    const { SET_META_CONTEXT, LIST_META_CONTEXT, STRUCTURED_REPLY, GO } = Option;
    t.same(types(client.ask(SET_META_CONTEXT, query('', 'base:allocation')).replies), [
      OptionReply.ERR_INVALID,
    ]);
    client.ask(STRUCTURED_REPLY);
    const listed = (...queries: string[]) =>
      types(client.ask(LIST_META_CONTEXT, query('', ...queries)).replies);
    t.same(listed(), [META_CONTEXT, ACK]);
    t.same(listed('base:'), [META_CONTEXT, ACK]);
    t.same(listed('qemu:dirty-bitmap:x'), [ACK]);
    const set = (name: string, ...queries: string[]) =>
      types(client.ask(SET_META_CONTEXT, query(name, ...queries)).replies);
    t.same(set('nobody', 'base:allocation'), [OptionReply.ERR_UNKNOWN]);
    t.same(set('two', 'x', 'base:allocation'), [META_CONTEXT, ACK]);
    const other = client.ask(GO, info('one')).step;
    t.equal(other.kind === 'go' && other.session.context, undefined, 'selected for another one');
    const right = client.ask(GO, info('two')).step;
    t.equal(right.kind === 'go' && right.session.context, 1);
    t.same(set('two', 'base:'), [ACK], 'a namespace selects nothing');
    const after = client.ask(GO, info('two')).step;
    t.equal(after.kind === 'go' && after.session.context, undefined, 'what was selected is void');
  },
);

t.test(
  'options that are not known, or make no sense, are refused; the next one is heard',
  async (t) => {
    const client = negotiate();
    const refusals: [number, Uint8Array | undefined, number][] = [
      [11, undefined, OptionReply.ERR_UNSUP],
      [4, Buffer.alloc(99), OptionReply.ERR_UNSUP],
      [Option.STARTTLS, undefined, OptionReply.ERR_UNSUP],
      [Option.LIST, Buffer.alloc(1), OptionReply.ERR_INVALID],
      [Option.STRUCTURED_REPLY, Buffer.alloc(1), OptionReply.ERR_INVALID],
      [Option.GO, Buffer.alloc(3), OptionReply.ERR_INVALID],
      [Option.GO, info('nobody'), OptionReply.ERR_UNKNOWN],
      [Option.INFO, info('nobody'), OptionReply.ERR_UNKNOWN],
    ];
    for (const [option, data, type] of refusals) {
      const { step, replies } = client.ask(option, data);
      t.same(types(replies), [type], `option ${option}`);
      t.equal(step.kind, 'more');
    }
    t.equal(client.ask(Option.GO, info('')).step.kind, 'go');
  },
);

t.test('ABORT is answered, and ends it', async (t) => {
  const { step, replies } = negotiate().ask(Option.ABORT);
  t.same(step, { kind: 'close' });
  t.same(types(replies), [ACK]);
});

t.test('what cannot be understood ends it', async (t) => {
  t.match(negotiate().negotiation.receive(Buffer.alloc(16)), {
    kind: 'close',
    reason: /not an NBD/,
  });
  const fresh = new Negotiation(twoExports(), 'off', () => {});
  t.match(fresh.receive(Buffer.from([0, 0, 0, 4])), { kind: 'close', reason: /flags/ });
});

t.test('limits: the length of an option, before it is read; the number of options', async (t) => {
  const head = encodeOptionRequest(99);
  head.writeUInt32BE(MAX_OPTION_BYTES + 1, 12);
  t.match(negotiate().negotiation.receive(head), { kind: 'close', reason: /option 99/ });
  const client = negotiate();
  t.equal(client.ask(99, Buffer.alloc(MAX_OPTION_BYTES)).step.kind, 'more');
  for (let count = 1; count < MAX_OPTIONS; count += 1) {
    t.equal(client.ask(Option.STRUCTURED_REPLY).step.kind, 'more');
  }
  t.match(client.ask(Option.STRUCTURED_REPLY).step, { kind: 'close', reason: /64 options/ });
});

t.test('TLS: required, it comes first; afterwards it is not asked for again', async (t) => {
  const client = negotiate('require');
  for (const option of [Option.LIST, Option.GO, Option.STRUCTURED_REPLY, Option.INFO]) {
    t.same(types(client.ask(option, info('')).replies), [OptionReply.ERR_TLS_REQD]);
  }
  const byName = negotiate('require').negotiation;
  t.equal(byName.receive(encodeOptionRequest(Option.EXPORT_NAME)).kind, 'close');
  const { step, replies } = client.ask(Option.STARTTLS);
  t.same(step, { kind: 'tls' });
  t.same(types(replies), [ACK]);
  const secure = negotiate('done');
  t.same(types(secure.ask(Option.STARTTLS).replies), [OptionReply.ERR_INVALID]);
  t.equal(secure.ask(Option.GO, info('')).step.kind, 'go');
});

t.test(
  'TLS: what was said in plain text behind STARTTLS is never taken for said under TLS',
  async (t) => {
    const { negotiation } = negotiate('require');
    const both = Buffer.concat([
      encodeOptionRequest(Option.STARTTLS),
      encodeOptionRequest(Option.LIST),
    ]);
    t.match(negotiation.receive(both), { kind: 'close', reason: /plain text/ });
  },
);
