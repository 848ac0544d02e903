// Node under --jitless has no WebAssembly: the tools that only read go on with pako.
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { openImageFile } from '../../guest/host/index.ts';
import { makeImage } from '../../image-tools/index.ts';

const root = join(import.meta.dirname, '..', '..');

t.test('docteur.verify and the library without WebAssembly', async (t) => {
  const folder = t.testdir({
    docs: { 'README.md': 'Hello World!\n'.repeat(1000), sub: { a: '' } },
  });
  const image = join(folder, 'disk.img');
  await makeImage({ source: join(folder, 'docs'), image });
  const run = (...args: string[]) =>
    execa('env', ['-i', `PATH=${process.env.PATH}`, process.execPath, '--jitless', ...args]);

  const verify = (await run(join(root, 'dist/bin/docteur.verify.js'), image)).stdout;
  t.match(verify, /^commit\t: [0-9a-f]{40}\n/);

  const library = join(root, 'dist/library/unix.js');
  const script = `import { openImageFile } from ${JSON.stringify(library)};
if ('WebAssembly' in globalThis) throw new Error('WebAssembly is here');
process.stdout.write(openImageFile(${JSON.stringify(image)}).fs.get('README.md'));`;
  const read = await run('--input-type=module', '--eval', script);
  const { fs } = openImageFile(image);
  t.equal(`${read.stdout}\n`, new TextDecoder().decode(fs.get('README.md')));
});
