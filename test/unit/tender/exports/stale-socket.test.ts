// What stands where a server is to listen.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { removeStaleSocket } from '../../../../tender/exports/stale-socket.ts';
import { shortFolder } from '../../../fixtures/serve.ts';

const folder = shortFolder((clean) => t.teardown(clean));
const at = (name: string) => join(folder, name);

t.test('a socket that nobody listens at is removed, and nothing else', async (t) => {
  await removeStaleSocket(at('absent'));
  writeFileSync(at('file'), '');
  const exists = { message: `${at('file')}: exists, and is not a socket` };
  await t.rejects(removeStaleSocket(at('file')), exists);
  const code =
    "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 9))";
  spawnSync(process.execPath, ['-e', code, at('stale')]);
  t.ok(existsSync(at('stale')));
  await removeStaleSocket(at('stale'));
  t.notOk(existsSync(at('stale')));
  const server = createServer().listen(at('alive'));
  t.teardown(() => server.close());
  await t.rejects(removeStaleSocket(at('alive')), /another server listens there/);
});

t.test('where nothing can be, in words', async (t) => {
  const message = `cannot listen at ${at('file/socket')}: Not a directory`;
  await t.rejects(removeStaleSocket(at('file/socket')), { name: 'TenderError', message });
});
