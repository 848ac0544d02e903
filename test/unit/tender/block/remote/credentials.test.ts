import t from 'tap';
import { findLogin, parseHeaders } from '../../../../../tender/block/remote/http/credentials.ts';

t.test('netrc', async (t) => {
  const text = `# a comment: machine c.org login no password no
machine a.org login ann password "a \\"b\\" c"
machine b.org
  password p#q
  account x
  login bob
macdef init
machine c.org login macro password macro

machine d.org login dan
default login any password one
machine late.org login never password seen
`;
  for (const [host, login] of [
    ['a.org', 'ann:a "b" c'],
    ['A.ORG', 'ann:a "b" c'],
    ['b.org', 'bob:p#q'],
    ['c.org', 'any:one'],
    ['d.org', 'dan:'],
    ['late.org', 'any:one'],
  ] as const) {
    t.equal(findLogin(text, host), login, host);
  }
  t.equal(findLogin('machine a.org login x password y', 'b.org'), undefined);
  t.equal(findLogin('machine', 'b.org'), undefined);
});

t.test('header files', async (t) => {
  t.strictSame(parseHeaders('# why\n\nX-Token:  abc \r\nAuthorization: Bearer a:b\n', 'f'), {
    'x-token': 'abc',
    authorization: 'Bearer a:b',
  });
  for (const [line, message] of [
    ['no colon secret', /f: line 2: expected NAME: VALUE$/],
    ['a b: secret', /line 2/],
    ['x: secret\u0001', /line 2/],
    ['Range: bytes=0-', /range is not yours|Range is not yours/],
    ['host: secret', /not yours/],
    ['If-Range: secret', /not yours/],
    ['Transfer-Encoding: chunked', /not yours/],
  ] as const) {
    t.throws(() => parseHeaders(`\n${line}`, 'f'), { name: 'HostError', message });
    t.throws(() => parseHeaders(`\n${line}`, 'f'), { message: /^((?!secret).)*$/ });
  }
});
