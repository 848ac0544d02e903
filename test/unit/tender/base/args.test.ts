import t from 'tap';
import { parseAssignment, parseDecimal, splitCommandLine } from '../../../../tender/base/args.ts';
import { takeLogLevel } from '../../../../tender/commands/log-level.ts';

t.test('the guest is found first', async (t) => {
  const CASES: [line: string, options: string, guest: string | undefined, rest: string][] = [
    ['', '', undefined, ''],
    ['--a --b', '--a --b', undefined, ''],
    ['g', '', 'g', ''],
    ['--a g --b', '--a', 'g', '--b'],
    ['--a -- g -- --b', '--a', 'g', '-- --b'],
    ['--a -- --g x', '--a', '--g', 'x'],
    ['--a --', '--a', undefined, ''],
    ['g --a -- h', '', 'g', '--a -- h'],
  ];
  for (const [line, options, guest, rest] of CASES) {
    const split = splitCommandLine(line.split(' ').filter((word) => word !== ''));
    t.equal(split.options.join(' '), options, line);
    t.equal(split.guest, guest, line);
    t.equal(split.guestArguments.join(' '), rest, line);
  }
});

t.test('numbers are digits and nothing else', async (t) => {
  t.same(['0', '512', '007'].map(parseDecimal), [0, 512, 7]);
  const junk = ['', ' 1', '1 ', '+1', '-1', '0x10', '1e3', '1.0', '512junk', '9'.repeat(16)];
  for (const text of junk) t.equal(parseDecimal(text), undefined, text);
});

t.test('a value may hold spaces and equal signs', async (t) => {
  t.same(parseAssignment('--x', 'a=b = c'), ['a', 'b = c']);
  for (const text of ['', 'a', '=b', 'a='])
    t.throws(() => parseAssignment('--x', text), /Invalid option/);
});

t.test('log levels are taken from the head only', async (t) => {
  const QUIET = '--solo5:quiet';
  const DEBUG = '--solo5:debug';
  const LOUD = '--solo5:loud';
  t.same(takeLogLevel(['a', QUIET]), { level: 'warn', levels: [], rest: ['a', QUIET] });
  const both = { level: 'debug', levels: [QUIET, DEBUG], rest: ['a', QUIET] };
  t.same(takeLogLevel([QUIET, DEBUG, 'a', QUIET]), both);
  t.same(takeLogLevel([LOUD]), { level: 'warn', levels: [], rest: [LOUD] });
});
