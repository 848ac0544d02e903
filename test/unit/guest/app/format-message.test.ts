import { format } from 'node:util';
import t from 'tap';
import { formatMessage } from '../../../../guest/app/format-message.ts';

t.test('as Node writes it', async (t) => {
  const calls: unknown[][] = [
    [],
    [''],
    ['a', 'b', 1, true, null, undefined, 2n],
    ['%s and %s', 'one', 'two', 'three'],
    ['%d %i %f', '4.5', '4.5', '4.5'],
    ['%d', 7n],
    ['%j', { a: [1] }],
    ['%c styled', 'color: red'],
    ['100%', 1],
    ['%% %s', 'x'],
    ['%s'],
    ['%s %s', 'x'],
    ['%x', 1],
    [{ a: 1, b: ['c'] }, [1, [2]]],
    [Symbol('s')],
  ];
  for (const call of calls)
    t.equal(formatMessage(call), format(...call), JSON.stringify(String(call[0])));
});

t.test('errors with their stack, and what caused them', async (t) => {
  const error = new RangeError('outer', { cause: new Error('inner') });
  error.message = 'changed';
  const text = formatMessage(['it failed:', error]);
  t.match(text, /^it failed: RangeError: changed\n {4}at [\s\S]*\ncaused by Error: inner\n {4}at /);
  const without = new Error('no stack');
  Object.defineProperty(without, 'stack', { value: undefined });
  t.equal(formatMessage([without]), 'Error: no stack');
});
