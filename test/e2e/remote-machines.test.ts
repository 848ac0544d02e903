// Images elsewhere as devices of virtual machines: how such a device begins and ends. What a machine reads of one is
// in serve-machines.test.ts.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { encodeMessage, VhostRequest } from '../../tender/exports/vhost-user/wire/message.ts';
import { serveImage } from '../fixtures/image-server.ts';
import { becomes, childrenOf, commandOf, isAlive } from '../fixtures/processes.ts';
import { makeImage, shortFolder, startServer } from '../fixtures/serve.ts';
import { runTool } from '../fixtures/tools.ts';

const folder = shortFolder((clean) => t.teardown(clean));
const image = await makeImage(folder, 'disk.img', 200_000);
const content = readFileSync(image);
const { stdout } = await runTool('docteur', ['verify', '--json', image]);
const { commit } = JSON.parse(String(stdout));

/** The sectors that a device at a socket says that it has. */
function capacity(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const ask = Buffer.alloc(12 + 8);
    ask.writeUInt32LE(8, 4);
    const socket = connect(path, () =>
      socket.write(encodeMessage(VhostRequest.GET_CONFIG, ask, 0)),
    );
    socket.on('error', reject);
    socket.once('data', (bytes: Buffer) => {
      socket.destroy();
      resolve(bytes.readUInt32LE(24));
    });
  });
}

const part = (pid: number, program: string) =>
  childrenOf(pid).find((child) => commandOf(child).includes(program));

t.test('the device, and who fetches for it: either is started again', async (t) => {
  const web = await serveImage(t, content);
  const path = join(folder, 'vm.sock');
  const server = await startServer([`${web.origin}/disk.img`, `--vhost-user=${path}`]);
  t.teardown(() => server.child.kill());
  const pid = server.child.pid as number;
  t.equal(await capacity(path), content.length / 512);
  for (const program of ['runtime/fetcher.cjs', 'runtime/vhost-user-block.cjs']) {
    const before = part(pid, program) as number;
    const restarts = () => server.told.filter(({ event }) => event === 'restart').length;
    const count = restarts();
    process.kill(before, 'SIGKILL');
    t.ok(await becomes(() => restarts() > count), `${program} is missed`);
    t.ok(await becomes(() => ![undefined, before].includes(part(pid, program))));
    t.equal(await capacity(path), content.length / 512);
    t.ok(await becomes(() => childrenOf(pid).length === 2), 'each is there once');
  }
  const children = childrenOf(pid);
  t.equal((await server.stop()).status, 0);
  t.ok(await becomes(() => !children.some(isAlive)), 'nobody is left');
});

t.test('another image at the same address is not served before SIGHUP', async (t) => {
  let etag = '"one"';
  const web = await serveImage(t, content, ({ answer }) => {
    answer.headers.etag = etag;
  });
  const path = join(folder, 'changes.sock');
  const server = await startServer([`${web.origin}/disk.img`, `--vhost-user=${path}`]);
  t.teardown(() => server.child.kill());
  const pid = server.child.pid as number;
  const other = readFileSync(await makeImage(folder, 'other.img', 90_000));
  web.content = other;
  etag = '"two"';
  process.kill(part(pid, 'vhost-user-block') as number, 'SIGKILL');
  await server.hears(({ message }) => /has changed/.test(String(message)));
  t.equal(part(pid, 'vhost-user-block'), undefined);
  const asked = web.ranges.length;
  t.ok(await becomes(() => web.ranges.length >= asked + 2), 'it is looked for again');
  const refusals = server.told.filter(({ message }) => /has changed/.test(String(message)));
  t.equal(refusals.length, 1, 'which is told once');
  server.child.kill('SIGHUP');
  await server.hears(({ event }) => event === 'swapped');
  t.ok(await becomes(() => part(pid, 'vhost-user-block') !== undefined));
  t.equal(await capacity(path), other.length / 512);
  t.equal((await server.stop()).status, 0);
});

t.test('only the commit that is wanted', async (t) => {
  const web = await serveImage(t, content);
  const address = `${web.origin}/disk.img`;
  const socket = (name: string) => `--virtiofs=${join(folder, name)}`;
  const wrong = ['serve', `--commit=${'0'.repeat(40)}`, address, socket('wrong.sock')];
  t.match(await runTool('docteur', wrong), { status: 65, stderr: /commit/ });
  const server = await startServer([`--commit=${commit}`, address, socket('right.sock')]);
  t.equal((await server.stop()).status, 0);
});
