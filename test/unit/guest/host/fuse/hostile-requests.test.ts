import t, { type Test } from 'tap';
import { memorySource } from '#format';
import { FuseServer } from '../../../../../guest/host/fuse/index.ts';
import { mount } from '../../../../../guest/reader/index.ts';
import { FuseClient, fuseRequest, initBody, readBody } from '../../../../fixtures/fuse-client.ts';
import { fuseImage } from '../../../../fixtures/fuse-image.ts';

const bytes = fuseImage();
const EIO = 5;
const EINVAL = 22;
const EROFS = 30;
const ENOSYS = 38;
const EPROTO = 71;
const ESTALE = 116;

function open(t: Test, started = true) {
  const { nodes } = mount(memorySource(bytes));
  const server = new FuseServer(nodes, {
    uid: 0,
    gid: 0,
    imageBytes: bytes.length,
    onFault: (error, name) => {
      if (name.length < 1000) t.fail(`${Buffer.from(name)}: ${error}`);
    },
  });
  const client = new FuseClient(server);
  if (started) client.init();
  return client;
}

t.test('INIT', async (t) => {
  const client = open(t, false);
  t.equal(client.ask(3, 1, Buffer.alloc(16)).errno, EIO, 'before all others');
  t.equal(client.ask(26, 0, initBody(6, 45)).errno, EPROTO);
  t.equal(client.ask(26, 0, initBody(7, 22)).errno, EPROTO);
  t.equal(client.ask(26, 0, initBody(7, 45).subarray(0, 7)).errno, EINVAL);
  t.equal(client.ask(26, 0, initBody(7, 45).subarray(0, 15)).errno, EINVAL);
  t.equal(client.ask(3, 1, Buffer.alloc(16)).errno, EIO, 'none of these was one');
  const later = client.ask(26, 0, initBody(8, 0));
  t.same([later.errno, later.body.readUInt32LE(0)], [0, 7], 'our major version');
  for (const [minor, ours] of [
    [23, 23],
    [31, 31],
    [45, 38],
  ]) {
    const { errno, body } = client.ask(26, 0, initBody(7, minor as number, 0x73fffffb));
    t.same([errno, body.length, body.readUInt32LE(0), body.readUInt32LE(4)], [0, 64, 7, ours]);
    t.equal(body.readUInt32LE(12), 0x01c66001, 'flags');
    t.equal(body.readUInt16LE(28), 256, 'pages');
  }
  t.equal(client.ask(26, 0, initBody(7, 45, 1).subarray(0, 16)).body.readUInt32LE(12), 1);
});

t.test('frames', async (t) => {
  const client = open(t);
  const plain = fuseRequest(3, 1, Buffer.alloc(16));
  for (const length of [0, 39, 40, 55, 57, 2 ** 31, 2 ** 32 - 1]) {
    t.equal(client.send(fuseRequest(3, 1, Buffer.alloc(16), length))?.errno, EINVAL, `${length}`);
  }
  for (let length = 0; length < 40; length++) {
    t.equal(client.send(plain.subarray(0, length)), undefined);
  }
  t.equal(client.send(plain)?.errno, 0);
});

t.test('nodes', async (t) => {
  const client = open(t);
  for (const nodeid of [0, 2 ** 40, 2 ** 52, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
    for (const opcode of [1, 3, 5, 14, 15, 27, 28, 44]) {
      t.equal(client.ask(opcode, nodeid, readBody(0, 10)).errno, ESTALE, `${opcode} ${nodeid}`);
    }
  }
});

t.test('names', async (t) => {
  const client = open(t);
  const ask = (name: string) => client.ask(1, 1, Buffer.from(name)).errno;
  for (const name of ['', '\0', 'a.sh', 'a.sh\0\0', 'a\0b\0', 'many/file-1000\0', '/\0']) {
    t.equal(ask(name), EINVAL, JSON.stringify(name));
  }
  t.equal(ask(`${'x'.repeat(256)}\0`), 36);
  t.equal(ask(`${'x'.repeat(1 << 20)}\0`), 36);
  for (const name of ['.', '..', 'x'.repeat(255)]) t.equal(client.lookUp(1, name), 'absent', name);
});

t.test('offsets and sizes', async (t) => {
  const client = open(t);
  const { nodeid } = client.lookUp(1, 'a.sh') as { nodeid: number };
  for (const opcode of [15, 28, 44]) {
    const at = opcode === 15 ? nodeid : 1;
    for (let length = 0; length < 20; length++) {
      t.equal(client.ask(opcode, at, Buffer.alloc(length)).errno, EINVAL);
    }
    t.equal(client.ask(opcode, at, readBody(2n ** 53n, 10)).errno, EINVAL);
    t.equal(client.ask(opcode, at, readBody(2n ** 64n - 1n, 10)).errno, EINVAL);
    t.same(client.ask(opcode, at, readBody(0, 0)), { errno: 0, body: Buffer.alloc(0) });
  }
  t.not(client.ask(28, 1, readBody(2n ** 52n, 4096)).errno, 0, 'no such place');
  t.equal(client.ask(28, nodeid, readBody(0, 4096)).errno, 20, 'not a directory');
  t.same(client.read(nodeid, 2n ** 53n - 1n, 2 ** 32 - 1), Buffer.alloc(0));
});

t.test('what is not read', async (t) => {
  const client = open(t);
  for (const opcode of [4, 6, 8, 9, 10, 11, 12, 13, 16, 21, 24, 35, 43, 45, 47, 51]) {
    t.equal(client.ask(opcode, 1, Buffer.alloc(64)).errno, EROFS, `${opcode}`);
  }
  for (const opcode of [14, 20, 22, 23, 25, 27, 30, 31, 34, 37, 39, 40, 46, 50, 52, 4096, 1e9]) {
    t.equal(client.ask(opcode, 1, Buffer.alloc(64)).errno, ENOSYS, `${opcode}`);
  }
  const writing = Buffer.alloc(8);
  for (const flags of [1, 2, 0o102002]) {
    writing.writeUInt32LE(flags, 0);
    t.equal(client.ask(14, 1, writing).errno, EROFS, `open with ${flags}`);
  }
  for (const opcode of [18, 29, 38]) t.equal(client.ask(opcode, 1, Buffer.alloc(24)).errno, 0);
  for (const opcode of [2, 36, 42]) {
    const body = Buffer.alloc(24, 0xff);
    t.equal(client.send(fuseRequest(opcode, 1, body)), undefined, 'nobody waits for an answer');
    t.equal(client.send(fuseRequest(opcode, 1)), undefined);
  }
  t.equal(client.ask(3, 1, Buffer.alloc(16)).errno, 0, 'the server goes on');
});
