import t from 'tap';
import { activatedSockets } from '../../../../../tender/exports/nbd/activation.ts';
import { nbdUri, parseNbdAddress } from '../../../../../tender/exports/nbd/address.ts';

t.test('addresses that people write', async (t) => {
  const tcp = (host: string, port: number, local: boolean) => ({ kind: 'tcp', host, port, local });
  t.same(parseNbdAddress('unix:/run/a b.sock'), { kind: 'unix', path: '/run/a b.sock' });
  t.same(parseNbdAddress('localhost:99'), tcp('localhost', 99, true));
  t.same(parseNbdAddress('localhost'), tcp('localhost', 10809, true));
  t.same(parseNbdAddress('127.0.0.1:0'), tcp('127.0.0.1', 0, true));
  t.same(parseNbdAddress('[::1]:5'), tcp('::1', 5, true));
  t.same(parseNbdAddress('[::]'), tcp('::', 10809, false));
  t.same(parseNbdAddress('0.0.0.0:1'), tcp('0.0.0.0', 1, false));
  t.same(parseNbdAddress('127.0.0.1.example.org:1'), tcp('127.0.0.1.example.org', 1, false));
});

t.test('what is no address', async (t) => {
  const wrong = [
    '',
    'unix:',
    'a:b',
    ':1',
    'a:65536',
    'a:1:2',
    '[::1',
    'nbd://a',
    `unix:${'x'.repeat(108)}`,
  ];
  for (const text of wrong) t.throws(() => parseNbdAddress(text), /unix:PATH|longer/, text);
});

t.test('as clients write them', async (t) => {
  t.equal(nbdUri(parseNbdAddress('unix:/a b&c'), false), 'nbd+unix:///?socket=/a%20b%26c');
  t.equal(nbdUri(parseNbdAddress('localhost:0'), true, 77), 'nbds://localhost:77');
  t.equal(nbdUri(parseNbdAddress('[::1]:5'), false), 'nbd://[::1]:5');
});

t.test("systemd's sockets: for this process only, and not for its children", async (t) => {
  const env: NodeJS.ProcessEnv = {
    LISTEN_FDS: '2',
    LISTEN_PID: '7',
    LISTEN_FDNAMES: 'a:b',
    HOME: '/',
  };
  t.same(activatedSockets(env, 7), [3, 4]);
  t.same(env, { HOME: '/' });
  t.same(activatedSockets({ LISTEN_FDS: '2', LISTEN_PID: '8' }, 7), []);
  t.same(activatedSockets({ LISTEN_FDS: 'x', LISTEN_PID: '7' }, 7), []);
  t.same(activatedSockets({}, 7), []);
});
