import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { landlockVersion } from '../../../../tender/jail/landlock.ts';
import { findKoffi } from '../../../../tender/native/koffi.ts';
import { loadLibc } from '../../../../tender/native/libc.ts';

const koffi = findKoffi(import.meta.url);
const version =
  process.platform === 'linux' && koffi.length > 0 ? landlockVersion(loadLibc(koffi)) : 0;
const script = join(import.meta.dirname, '../../../fixtures/landlocked.ts');

t.test('what Landlock leaves', { skip: version === 0 && 'no Landlock here' }, async (t) => {
  const folder = t.testdir({ file: 'text', own: {} });
  const file = join(folder, 'file');
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const left = async (rights: string, ...own: string[]) => {
    const node = [process.execPath, '--conditions=docteur:source', '--no-warnings', script];
    const { stdout } = await execa('env', ['-i', ...node, rights, file, String(port), ...own]);
    return JSON.parse(stdout);
  };
  // From version 4 on it knows the network.
  const reached = version < 4;
  t.same(await left('some'), { read: true, write: false, make: false, reached });
  t.same(await left('all'), { read: false, write: false, make: false, reached });
  t.same(
    await left('network', join(folder, 'own')),
    {
      ...{ read: false, write: false, make: false, reached: true },
      ...{ system: true, changeSystem: false, own: true },
    },
    'who fetches has the network, the files that are named, and a folder of its own',
  );
  server.close();
});
