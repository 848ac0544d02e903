// Folders that are made for something, and go with it unless it is there in the end.
import { existsSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  FolderHandle,
  forgetDescriptorPaths,
} from '../../../../image-tools/files/folder-handle.ts';
import { makeFolders } from '../../../../image-tools/files/made-folders.ts';

const root = t.testdir({ there: {}, file: '', elsewhere: { c: {} } });
const at = (path: string) => join(root, path);

for (const way of ['by descriptors', 'without /proc']) {
  t.test(way, async (t) => {
    if (way === 'without /proc') t.teardown(forgetDescriptorPaths());

    t.test('what was made is removed, and nothing else', async (t) => {
      const made = makeFolders(at('there/b/c'));
      t.strictSame(
        made.places.map(({ name }) => `${name}`),
        ['c', 'b'],
      );
      made.remove();
      made.close();
      t.notOk(existsSync(at('there/b')));
      t.ok(existsSync(at('there')));
      const none = makeFolders(at('there'));
      t.strictSame(none.places, []);
      none.remove();
      none.close();
      t.ok(existsSync(at('there')));
    });

    t.test('what others have put there stays', async (t) => {
      const made = makeFolders(at('there/b/c'));
      writeFileSync(at('there/b/other'), '');
      made.remove();
      made.close();
      t.notOk(existsSync(at('there/b/c')));
      t.ok(existsSync(at('there/b/other')));
      rmSync(at('there/b'), { recursive: true });
    });

    t.test('nothing is begun where it cannot be ended', async (t) => {
      t.throws(() => makeFolders(at('file/b')), { code: 'ENOTDIR' });
      t.throws(() => makeFolders(at(`there/b/${'x'.repeat(300)}`)), { code: 'ENAMETOOLONG' });
      t.notOk(existsSync(at('there/b')));
      symlinkSync('absent', at('there/dangling'));
      t.throws(() => makeFolders(at('there/dangling/c')));
      t.notOk(existsSync(at('absent')));
      rmSync(at('there/dangling'));
    });
  });
}

t.test('a folder that was moved away: what has its path now is not removed', async (t) => {
  const made = makeFolders(at('there/b/c'));
  renameSync(at('there/b'), at('there/moved'));
  symlinkSync('../elsewhere', at('there/b'));
  made.remove();
  made.close();
  t.ok(existsSync(at('elsewhere/c')), 'of the same name');
  t.notOk(existsSync(at('there/moved/c')), 'ours');
});

t.test('a folder that another one makes in that moment is not ours', async (t) => {
  const { makeFolder } = FolderHandle.prototype;
  t.teardown(() => Object.assign(FolderHandle.prototype, { makeFolder }));
  FolderHandle.prototype.makeFolder = function (name, mode) {
    makeFolder.call(this, name, mode);
    makeFolder.call(this, name, mode);
  };
  const made = makeFolders(at('raced'));
  t.strictSame(made.places, []);
  made.remove();
  made.close();
  t.ok(existsSync(at('raced')));
});
