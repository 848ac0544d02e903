import t from 'tap';
import { parseRuntimeEvent } from '../../../../../tender/monitors/node/runtime-event.ts';

const parse = (text: string) => parseRuntimeEvent(Buffer.from(text));

t.test('what the runtime says', async (t) => {
  for (const event of [
    { event: 'ready' },
    { event: 'log', message: 'x' },
    { event: 'phase', phase: 'mount', at: '123456789012' },
    { event: 'exit', status: 3, memory: 12 },
  ]) {
    t.same(parse(JSON.stringify(event)), event);
  }
});

t.test('what no runtime says', async (t) => {
  for (const text of [
    '',
    '{"event":',
    'null',
    '1',
    '[]',
    '{}',
    '{"event":"toString"}',
    '{"event":"log"}',
    '{"event":"log","message":{}}',
    '{"event":"exit"}',
    '{"event":"exit","status":"0"}',
    '{"event":"exit","status":1e99}',
    '{"event":"phase","phase":"x"}',
    '{"event":"phase","phase":"x","at":"-1"}',
    `{"event":"phase","phase":"x","at":"${'9'.repeat(30_000)}"}`,
    '{"event":"phase","phase":"x","at":{"toString":1}}',
  ]) {
    t.throws(() => parse(text), RangeError, text.slice(0, 40));
  }
});
