import t from 'tap';
import { memorySource } from '#format';
import { FuseServer } from '../../../../../guest/host/fuse/index.ts';
import { mount, type Reader } from '../../../../../guest/reader/index.ts';
import { attributesAt, FuseClient, readBody } from '../../../../fixtures/fuse-client.ts';
import { fuseImage, LARGE, MANY, ODD_NAME } from '../../../../fixtures/fuse-image.ts';

const SECONDS = 1_500_000_000;
const bytes = fuseImage();

function open(reader: Reader, room?: number) {
  const faults: string[] = [];
  const { nodes } = mount(memorySource(bytes), { reader });
  const server = new FuseServer(nodes, {
    uid: 7,
    gid: 8,
    imageBytes: bytes.length,
    onFault: (error, name) => faults.push(`${Buffer.from(name)}: ${(error as Error).message}`),
  });
  return { client: new FuseClient(server, room), faults };
}

const common = { mtime: SECONDS, nlink: 1, uid: 7, gid: 8 };

for (const reader of ['indexed', 'lazy', 'eager'] as const) {
  t.test(`${reader}: what a kernel asks`, async (t) => {
    const { client, faults } = open(reader);
    t.equal(client.init().errno, 0);
    const root = attributesAt(client.ask(3, 1, Buffer.alloc(16)).body, 16);
    t.same(root, { ...common, ino: 1, size: 0, blocks: 0, mode: 0o40755 });

    const kinds = [
      ['a.sh', 0o100755, 17, 8],
      ['empty', 0o100644, 0, 8],
      ['large', 0o100644, LARGE.length, 8],
      ['link', 0o120777, 4, 10],
      ['many', 0o40755, 0, 4],
      ['module', 0o40755, 0, 4],
      [ODD_NAME.toString('latin1'), 0o100644, 4, 8],
    ] as const;
    const dots = [
      { ino: 1, next: 1n, type: 4, name: '.', entry: undefined },
      { ino: 0xffffffff, next: 2n, type: 4, name: '..', entry: undefined },
    ];
    for (const plus of [false, true]) {
      const listed = client.list(1, plus).map((dirent) => {
        return { entry: undefined, ...dirent, name: dirent.name.toString('latin1') };
      });
      t.same(listed.slice(0, 2), dots);
      t.same(
        listed.slice(2).map(({ name, type }) => [name, type]),
        [...kinds.map(([name, , , type]) => [name, type]), ['x'.repeat(300), 8]],
      );
      for (const [name, mode, size] of kinds) {
        const dirent = listed.find((other) => other.name === name);
        const found = client.lookUp(1, Buffer.from(name, 'latin1'));
        const ino = dirent?.ino as number;
        const blocks = Math.ceil(size / 512);
        const entry = { nodeid: ino, attributes: { ...common, ino, size, blocks, mode } };
        t.same(found, entry, name);
        t.same(dirent?.entry, plus ? entry : undefined, `${name} as listed`);
        const got = client.ask(3, ino, Buffer.alloc(16)).body;
        t.same(attributesAt(got, 16), entry.attributes);
      }
      t.equal(listed.at(-1)?.entry, undefined, 'what cannot be looked up is not given');
    }

    const number = (name: string | Uint8Array, folder = 1) =>
      (client.lookUp(folder, name) as { nodeid: number }).nodeid;
    t.equal(client.ask(5, number('link')).body.toString(), 'a.sh');
    t.equal(client.ask(5, number('empty')).errno, 22, 'not a link');
    t.equal(client.read(number('a.sh'), 0, 100)?.toString(), '#!/bin/sh\necho a\n');
    t.equal(client.read(number('a.sh'), 10, 4)?.toString(), 'echo');
    t.equal(client.read(number('a.sh'), 17, 4)?.toString(), '');
    t.equal(client.read(number('a.sh'), 2 ** 52, 4)?.toString(), '');
    t.equal(client.read(1, 0, 10), 21, 'a directory');
    const large = number('large');
    const parts: Buffer[] = [];
    for (let at = 0; at < LARGE.length; at += 131_072) {
      parts.push(client.read(large, at, 131_072) as Buffer);
    }
    t.ok(Buffer.concat(parts).equals(LARGE));
    t.equal((client.read(large, 0, 2 ** 32 - 1) as Buffer).length, 2 ** 20, 'no more than 1 MiB');

    t.equal(client.lookUp(1, 'absent'), 'absent');
    t.equal(client.lookUp(number('module'), 'a'), 'absent');
    t.same(client.list(number('module'), true).length, 2);
    t.equal(client.lookUp(number('a.sh'), 'a'), 20, 'not a directory');
    t.equal(client.lookUp(1, 'x'.repeat(300)), 36, 'too long');

    const names = Array.from({ length: MANY }, (_, i) => `file-${1000 + i}`);
    for (const plus of [false, true]) {
      const listed = client.list(number('many'), plus);
      t.same(listed.map(({ name }) => name.toString()).slice(2), names);
      t.equal(new Set(listed.map(({ next }) => next)).size, MANY + 2, 'no place twice');
    }
    const folder = number('many');
    const place = client.list(folder, false)[500]?.next as bigint;
    const { body } = client.ask(28, folder, readBody(place, 4096));
    t.equal(body.subarray(24, 33).toString(), 'file-1499', 'from any place');

    const { body: statfs } = client.ask(17, 1);
    t.equal(Number(statfs.readBigUInt64LE(0)), Math.ceil(bytes.length / 4096));
    t.equal(statfs.readUInt32LE(40), 4096);
    t.equal(statfs.readUInt32LE(44), 255);
    const long = 'y'.repeat(1500);
    t.same(new Set(faults), new Set([`${long}: the name is too long for Linux: it is not listed`]));
  });
}

t.test('little room for replies', async (t) => {
  const { client } = open('indexed', 200);
  t.equal(client.init().errno, 0);
  t.equal(client.list(1, true).length, 9, 'until an entry is larger than all room');
  t.same(client.list(1, false).at(4)?.name.toString(), 'large');
  const { nodeid } = client.lookUp(1, 'large') as { nodeid: number };
  t.ok((client.read(nodeid, 0, 4096) as Buffer).equals(LARGE.subarray(0, 184)));
  const small = open('indexed', 16 + 63).client;
  t.equal(small.init().errno, 22);
  const tiny = open('indexed', 15).client;
  t.equal(tiny.send(Buffer.alloc(40)), undefined);
});

t.test('an image that is damaged', async (t) => {
  const damaged = Buffer.from(bytes);
  const faults: string[] = [];
  const { nodes } = mount(memorySource(damaged));
  const server = new FuseServer(nodes, {
    uid: 0,
    gid: 0,
    imageBytes: bytes.length,
    onFault: (error, name) => faults.push(`${Buffer.from(name)}: ${(error as Error).name}`),
  });
  const client = new FuseClient(server);
  client.init();
  const found = client.lookUp(1, 'a.sh') as { nodeid: number };
  const pack = damaged.indexOf('PACK', 28);
  damaged.fill(0xee, pack + 12, pack + 20_000);
  const many = client.lookUp(1, 'many') as { nodeid: number };
  const file = client.lookUp(many.nodeid, 'file-1000') as { nodeid: number };
  t.equal(client.read(file.nodeid, 0, 100), 5);
  t.same(faults, ['file-1000: FormatError']);
  t.ok(client.read(found.nodeid, 0, 0) !== undefined, 'the server goes on');
});
