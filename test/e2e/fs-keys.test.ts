// Whatever node:fs has, in any release that is supported, an image's fs has too, or there is a reason.
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { makeImage } from '../../image-tools/index.ts';
import { NODES } from '../fixtures/nodes.ts';

const root = join(import.meta.dirname, '..', '..');
const scratch = t.testdir({ files: { a: 'a' } });
const image = join(scratch, 'disk.img');
await makeImage({ source: join(scratch, 'files'), image });

const REASONS: Record<string, string> = {
  'fs.FileReadStream': 'an old name of ReadStream',
  'fs.FileWriteStream': 'an old name of WriteStream',
  'fs.Utf8Stream': 'writes files of the process',
  'fs.F_OK': 'an old name of constants.F_OK',
  'fs.R_OK': 'an old name of constants.R_OK',
  'fs.W_OK': 'an old name of constants.W_OK',
  'fs.X_OK': 'an old name of constants.X_OK',
  'handle.getAsyncId': 'of an object of libuv, of which an image has none',
  'folder.processReadResult': "Node's own",
  'folder.readSyncRecursive': "Node's own",
};

for (const { version, path, skip } of NODES) {
  t.test(`Node ${version}`, { skip }, async (t) => {
    const program = join(root, 'test/fixtures/missing-fs-keys.mjs');
    const words = ['-i', path, '--no-warnings', program, join(root, 'dist/library'), image];
    const { stdout } = await execa('env', words);
    const missing: Record<string, string[]> = JSON.parse(stdout);
    const names = Object.entries(missing).flatMap(([of, keys]) =>
      keys.map((key) => `${of}.${key}`),
    );
    t.strictSame(
      names.filter((name) => REASONS[name] === undefined),
      [],
    );
  });
}
