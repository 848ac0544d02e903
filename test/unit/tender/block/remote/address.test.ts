import t from 'tap';
import {
  followRedirect,
  isHttpAddress,
  parseAddress,
} from '../../../../../tender/block/remote/http/address.ts';

t.test('what an address is', (t) => {
  for (const yes of ['http://h/x', 'https://h', 'HTTPS://h/x']) t.ok(isHttpAddress(yes), yes);
  for (const no of ['http:/x', './http://h', 'file:///x', 'disk.img', 'httpx://h']) {
    t.notOk(isHttpAddress(no), no);
  }
  t.end();
});

t.test('logins and signatures are never shown', (t) => {
  const { url, authorization, shown } = parseAddress('https://me:a%3Ab@host:8443/d.img?sig=s#f');
  t.equal(url.href, 'https://host:8443/d.img?sig=s');
  t.equal(authorization, `Basic ${Buffer.from('me:a:b').toString('base64')}`);
  t.equal(shown, 'https://host:8443/d.img?...');
  t.equal(parseAddress('http://host/d.img').authorization, undefined);
  for (const wrong of ['https://me:secret@', 'http://me:secret@ho st/', 'file:///secret']) {
    t.throws(() => parseAddress(wrong), { name: 'HostError', message: /^((?!secret).)*$/ });
  }
  t.end();
});

t.test('redirects stay within HTTP, and within TLS', (t) => {
  const from = parseAddress('https://me:secret@host/a/d.img');
  const same = followRedirect(from, '../e.img?x');
  t.match(same, { shown: 'https://host/e.img?...', authorization: from.authorization });
  for (const elsewhere of ['https://other/d.img', 'https://host:444/d.img', '//host.evil/']) {
    t.equal(followRedirect(from, elsewhere).authorization, undefined, elsewhere);
  }
  const other = followRedirect(from, 'https://you:word@other/');
  t.match(other, { url: { href: 'https://other/' }, authorization: undefined });
  for (const [location, message] of [
    ['http://host/a/d.img', /from https to http/],
    ['file:///etc/passwd', /redirects to file:, which is not HTTP/],
    ['data:,x', /data:/],
    ['http://', /no address/],
    [undefined, /no address/],
  ] as const) {
    t.throws(() => followRedirect(from, location), { name: 'HostError', message });
  }
  const plain = parseAddress('http://me:secret@host/');
  t.equal(followRedirect(plain, 'https://host/').authorization, undefined);
  t.end();
});
