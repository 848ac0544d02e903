// A folder whose files are believed: nobody else may have written to it, or may put another in its place.
import {
  chmodSync,
  closeSync,
  existsSync,
  lchownSync,
  mkdirSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  openPrivateFolder,
  userCacheFolder,
} from '../../../../../../tender/monitors/node/code-cache/private-folder.ts';
import { scratchFolder } from '../../../../../fixtures/tender.ts';

/** In the system's folder for such things: what lies above it is out of others' reach. */
const scratch = (t: Test) => scratchFolder((clean) => t.teardown(clean));
const isRoot = process.geteuid?.() === 0;
const STRANGER = 65533;

function opens(path: string): boolean {
  const fd = openPrivateFolder(path);
  if (fd !== undefined) closeSync(fd);
  return fd !== undefined;
}

t.test('where it is', async (t) => {
  t.equal(userCacheFolder({ XDG_CACHE_HOME: '/c', HOME: '/h' }), '/c');
  t.equal(userCacheFolder({ HOME: '/h' }), '/h/.cache');
  t.equal(userCacheFolder({ XDG_CACHE_HOME: 'relative', HOME: '/h' }), '/h/.cache');
  t.equal(userCacheFolder({ HOME: 'h' }), undefined);
  t.equal(userCacheFolder({}), undefined);
});

t.test('it is made for this user alone', async (t) => {
  const folder = join(scratch(t), 'a', 'b');
  t.ok(opens(folder));
  t.equal(statSync(folder).mode & 0o777, 0o700);
  t.ok(opens(folder), 'and opened again');
});

t.test('others may neither read nor write it', async (t) => {
  const folder = join(scratch(t), 'code');
  for (const mode of [0o701, 0o704, 0o702, 0o710, 0o740, 0o720, 0o777]) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, mode);
    t.notOk(opens(folder), mode.toString(8));
  }
});

t.test('nor may they write what lies above it', async (t) => {
  const above = join(scratch(t), 'above');
  const folder = join(above, 'code');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const mode of [0o702, 0o720, 0o777]) {
    chmodSync(above, mode);
    t.notOk(opens(folder), mode.toString(8));
    t.notOk(opens(join(above, 'other')), 'nothing is made there');
    t.notOk(existsSync(join(above, 'other')));
  }
  chmodSync(above, 0o1777);
  t.ok(opens(folder), 'with the sticky bit they can replace nothing');
  chmodSync(above, 0o755);
  t.ok(opens(folder), 'reading is no matter');
});

t.test('what is no folder', async (t) => {
  const own = scratch(t);
  mkdirSync(join(own, 'real'), { mode: 0o700 });
  symlinkSync('real', join(own, 'link'));
  t.notOk(opens(join(own, 'link')), 'a link in its place');
  t.ok(opens(join(own, 'link', 'code')), 'a link of our own above it leads to one of ours');
  symlinkSync('nowhere', join(own, 'dangling'));
  t.notOk(opens(join(own, 'dangling')));
  t.notOk(opens('/dev/null/code'));
  t.notOk(opens('/proc/self/code'), 'where none can be made');
});

t.test(
  'somebody else owns it, or what lies above',
  { skip: isRoot ? false : 'needs root' },
  async (t) => {
    const above = join(scratch(t), 'above');
    const folder = join(above, 'code');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    lchownSync(folder, STRANGER, STRANGER);
    t.notOk(opens(folder));
    lchownSync(folder, 0, 0);
    lchownSync(above, STRANGER, STRANGER);
    t.notOk(opens(folder));
    lchownSync(above, 0, 0);
    t.ok(opens(folder));
  },
);
