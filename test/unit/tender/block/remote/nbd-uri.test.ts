import t from 'tap';
import { parseNbdUri } from '../../../../../tender/block/remote/nbd/nbd-uri.ts';

t.test('addresses of NBD exports', async (t) => {
  for (const [text, place] of [
    ['nbd://host', { to: { host: 'host', port: 10_809 }, name: '', tls: undefined }],
    ['nbd://host:1/a%2Fb', { to: { host: 'host', port: 1 }, name: 'a/b' }],
    ['nbd://[::1]:2//x', { to: { host: '::1', port: 2 }, name: '/x' }],
    ['nbd+unix:///?socket=/a%20b', { to: { path: '/a b' }, name: '' }],
    ['nbd+unix:///x?socket=s', { to: { path: 's' }, name: 'x' }],
    ['nbds://h/', { tls: { certificates: undefined, pskFile: undefined, user: undefined } }],
    ['nbds://ann@h/?tls-psk-file=k', { tls: { pskFile: 'k', user: 'ann' }, shown: /^nbds:\/\/h/ }],
    ['nbds+unix://bob@/x?socket=s&tls-psk-file=k', { name: 'x', tls: { user: 'bob' } }],
    ['nbds+unix:///?socket=s&tls-certificates=c', { tls: { certificates: 'c' } }],
  ] as const) {
    t.match(parseNbdUri(text), place, text);
  }
  for (const [text, message] of [
    ['nbd+unix:///x', /the socket is missing/],
    ['nbd+unix:///x?socket=', /the socket is missing/],
    [`nbd+unix:///x?socket=${'s'.repeat(108)}`, /at most 107 bytes/],
    ['nbd+unix:///x?socket=a%00b', /at most 107 bytes/],
    ['nbd://', /NBD export is|the host is missing/],
    ['nbd://h/?socket=s', /a socket is for/],
    ['nbd://h/?sock=s', /nothing is known of sock/],
    ['nbd://h/?tls-psk-file=k', /TLS is for nbds:/],
    ['nbd://h/%', /without two digits/],
    [`nbd://h/${'x'.repeat(4097)}`, /at most 4096 bytes/],
    ['nbd://h:99999/', /not an address/],
  ] as const) {
    t.throws(() => parseNbdUri(text), { name: 'HostError', message }, text);
  }
});
