import t from 'tap';
import { isEntryName } from '../../../../../guest/reader/fs/path.ts';

const named = (name: string) => isEntryName(Buffer.from(name, 'latin1'));

t.test('names that an entry of a directory may have', async (t) => {
  for (const name of ['a', '...', '.a', '..a', 'a.', ' ', '\xff', '\n', 'x'.repeat(300)]) {
    t.ok(named(name), JSON.stringify(name));
  }
  for (const name of ['', '.', '..', '/', 'a/', '/a', 'a/b', '\0', 'a\0']) {
    t.notOk(named(name), JSON.stringify(name));
  }
});
