// Commands that are told to write where they read: the file stays.
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runTool } from '../fixtures/tools.ts';

const folder = t.testdir({ source: { a: 'a' } });
const at = (name: string) => join(folder, name);
const docteur = (...args: string[]) => runTool('docteur', args, { cwd: folder });

t.before(async () => {
  for (const args of [
    ['make', '-q', 'source', 'disk.img'],
    ['tar', '-o', 'files.tar', 'disk.img'],
    ['export', '--bundle', 'files.bundle', 'disk.img'],
  ]) {
    const { status, stderr } = await docteur(...args);
    if (status !== 0) throw new Error(stderr);
  }
  for (const name of ['disk.img', 'files.tar', 'files.bundle']) symlinkSync(name, at(`to-${name}`));
});

for (const [name, ...args] of [
  ['disk.img', 'tar', '-o', 'disk.img', 'disk.img'],
  ['disk.img', 'tar', '-o', './to-disk.img', 'file:disk.img'],
  ['disk.img', 'export', '--bundle', 'disk.img', 'to-disk.img'],
  ['files.tar', 'make', '-q', 'files.tar', 'to-files.tar'],
  ['files.bundle', 'make', '-q', 'files.bundle', 'files.bundle'],
] as const) {
  t.test(args.join(' '), async (t) => {
    const before = readFileSync(at(name));
    t.match(await docteur(...args), {
      status: 64,
      stderr: /^docteur \w+: [^\n]+: cannot replace what is read: name another file to write\n$/,
    });
    t.ok(readFileSync(at(name)).equals(before), 'it stays');
  });
}

t.test('an image of a folder is replaced, also where the new one is made from it', async (t) => {
  t.match(await docteur('make', '-q', '--from', 'disk.img', 'source', 'disk.img'), { status: 0 });
  t.match(await docteur('make', '-q', 'files.tar', 'disk.img'), { status: 0 });
});
