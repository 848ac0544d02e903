import t from 'tap';
import { splitPassword } from '../../../../image-tools/source/git-address.ts';

t.test('the password leaves the address', async (t) => {
  t.strictSame(splitPassword('https://ann:p%40s%3As@example.org:8443/a:b@c.git?x'), {
    address: 'https://ann@example.org:8443/a:b@c.git?x',
    username: 'ann',
    password: 'p@s:s',
  });
  t.strictSame(splitPassword('http://:token@example.org/r'), {
    address: 'http://example.org/r',
    username: '',
    password: 'token',
  });
  t.strictSame(splitPassword('https://a:b@c@example.org/r'), {
    address: 'https://a@example.org/r',
    username: 'a',
    password: 'b@c',
  });
});

t.test('addresses without one stay as they are', async (t) => {
  for (const address of [
    'https://example.org/a:b@c',
    'https://ann@example.org/r',
    'ssh://git@example.org:22/r',
    'git@example.org:r',
    '/a/path:with@signs',
  ]) {
    t.strictSame(splitPassword(address), { address, username: '', password: undefined });
  }
});

t.test('passwords that cannot be handed on are refused, and not repeated', async (t) => {
  for (const address of [
    'ssh://a:secret@h/r',
    'http://a:secret%zz@h/r',
    'http://a:secret%0A@h/r',
  ]) {
    try {
      splitPassword(address);
      t.fail(address);
    } catch (error) {
      t.match(error, { name: 'ToolError', code: 'USAGE' });
      t.notMatch((error as Error).message, /secret/);
    }
  }
});
