import t from 'tap';
import { contentTypeOf } from '../../../../../../guest/host/browser/site/content-type.ts';

t.test('the type of a name, whatever it is', async (t) => {
  t.equal(contentTypeOf('index.html'), 'text/html; charset=utf-8');
  t.equal(contentTypeOf('a.png'), 'image/png');
  for (const name of ['constructor', 'x.constructor', '__proto__', 'a.__proto__', 'none', '.']) {
    t.equal(contentTypeOf(name), 'application/octet-stream', name);
  }
});
