import t from 'tap';
import { splitPassword } from '../../../../image-tools/source/git-address.ts';

t.test('the password leaves the address', async (t) => {
  t.strictSame(splitPassword('https://ann:p%40s%3As@example.org:8443/a:b@c.git?x'), {
    address: 'https://ann@example.org:8443/a:b@c.git?x',
    username: 'ann',
    password: 'p@s:s',
    protocol: 'https',
    host: 'example.org:8443',
  });
  t.strictSame(splitPassword('http://:token@example.org/r'), {
    address: 'http://example.org/r',
    username: '',
    password: 'token',
    protocol: 'http',
    host: 'example.org',
  });
  t.strictSame(splitPassword('https://a:b@c@example.org/r'), {
    address: 'https://a@example.org/r',
    username: 'a',
    password: 'b@c',
    protocol: 'https',
    host: 'example.org',
  });
});

t.test('a name with an @ in it does not become part of the host', async (t) => {
  const { address, username, host } = splitPassword('https://ann@corp:secret@example.org/r');
  t.equal(address, 'https://ann%40corp@example.org/r');
  t.equal(username, 'ann@corp');
  t.equal(host, 'example.org');
});

t.test('addresses without one stay as they are', async (t) => {
  for (const address of [
    'https://example.org/a:b@c',
    'https://ann@example.org/r',
    'ssh://git@example.org:22/r',
    'git@example.org:r',
    '/a/path:with@signs',
  ]) {
    t.match(splitPassword(address), { address, username: '', password: undefined });
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
