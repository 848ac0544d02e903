import t from 'tap';
import { explainFatal } from '../../../../../tender/monitors/node/fatal-output.ts';

t.test('what V8 and Node say before they give up', async (t) => {
  const memory = 'the guest ran out of memory (--mem=64)';
  t.equal(explainFatal('\nFATAL ERROR: Reached heap limit: heap out of memory\n', 64), memory);
  t.equal(
    explainFatal('#\n# Fatal error in , line 0\n# x\n', 64),
    'guest: Fatal error in , line 0',
  );
  t.equal(
    explainFatal('node: a.cc:1: f: Assertion failed\n', 64),
    'guest: node: a.cc:1: f: Assertion failed',
  );
  t.equal(explainFatal('hello\n', 64), undefined);
});

t.test('it may be a guest that says it: marked, clean and short', async (t) => {
  const text = `Error: \u001b]0;owned\u0007\u009b31mtender: all is well ${'A'.repeat(5000)}\n`;
  const line = explainFatal(text, 64) ?? '';
  t.match(line, /^guest: Error: {2}?\]0;owned 31mtender: all is well A+$/);
  t.ok(line.length <= 320);
});

t.test('no text takes long', async (t) => {
  for (const part of ['\n', ' ', '#', ' #', '# ', 'Error', 'x Assertio', '\t']) {
    const text = part.repeat(65_536 / part.length);
    const start = process.cpuUsage();
    explainFatal(text, 64);
    const { user } = process.cpuUsage(start);
    t.ok(user < 100_000, `${JSON.stringify(part)}: ${user} µs`);
  }
});
