import t from 'tap';
import { SharedPages } from '../../../../../guest/host/web/shared-pages.ts';

t.test('a page that is still being sent is not made again', async (t) => {
  const pages = new SharedPages();
  let made = 0;
  const make = () => {
    made += 1;
    return new Uint8Array(100).fill(made);
  };
  const first = pages.get('/a', make);
  t.equal(pages.get('/a', make).buffer, first.buffer);
  t.same(pages.get('/b', make), new Uint8Array(100).fill(2));
  t.equal(made, 2);
});

t.test('a page in the memory of others is shared without them', async (t) => {
  const pages = new SharedPages();
  const page = pages.get('/a', () => new Uint8Array(100).fill(7).subarray(10, 20));
  t.equal(page.length, 10);
  const again = pages.get('/a', () => new Uint8Array(1));
  t.same(again, page);
  t.equal(again.buffer, page.buffer);
});
