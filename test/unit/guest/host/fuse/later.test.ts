// A server over bytes that come later: it answers as one over bytes that are at hand.
import t from 'tap';
import { memorySource } from '#format';
import {
  FuseServer,
  interruptedRequest,
  interruption,
  isRequest,
} from '../../../../../guest/host/fuse/index.ts';
import { mount, type NodeTree } from '../../../../../guest/reader/index.ts';
import { FuseClient, fuseRequest, readBody } from '../../../../fixtures/fuse-client.ts';
import { fuseImage, LARGE } from '../../../../fixtures/fuse-image.ts';
import {
  AnnouncedSource,
  MissingSource,
  untilAtHand,
} from '../../../../fixtures/missing-source.ts';

const bytes = fuseImage();

function newServer(nodes: NodeTree, faults: string[]) {
  const onFault = (error: unknown) => faults.push((error as Error).message);
  return new FuseServer(nodes, { uid: 0, gid: 0, imageBytes: bytes.length, onFault });
}

/** What a client is answered, all of it. */
function session(client: FuseClient): unknown[] {
  client.init();
  const large = client.lookUp(1, 'large');
  const many = client.lookUp(1, 'many');
  const link = client.lookUp(1, 'link');
  if (typeof large !== 'object' || typeof many !== 'object' || typeof link !== 'object') return [];
  return [
    client.list(1, true),
    client.list(1, false),
    client.list(many.nodeid, true, 1000),
    client.lookUp(1, 'absent'),
    client.lookUp(many.nodeid, 'file-1500'),
    client.read(large.nodeid, 2 ** 20 - 5, 70_000),
    client.read(large.nodeid, LARGE.length - 5, 100),
    client.ask(5, link.nodeid),
    client.ask(3, many.nodeid, Buffer.alloc(16)),
  ];
}

for (const Source of [MissingSource, AnnouncedSource]) {
  for (const reader of ['auto', 'lazy'] as const) {
    t.test(`${Source.name}, ${reader}`, async (t) => {
      const plain: string[] = [];
      const there = mount(memorySource(bytes), { reader });
      const expected = session(new FuseClient(newServer(there.nodes, plain)));
      const source = new Source(bytes, 4096);
      const { nodes } = untilAtHand(source, () => mount(source, { reader }));
      const faults: string[] = [];
      const server = newServer(nodes, faults);
      const patient = {
        handle(request: Uint8Array, reply: Uint8Array) {
          source.forget();
          return untilAtHand(source, () => server.handle(request, reply));
        },
      };
      const before = source.misses;
      t.same(session(new FuseClient(patient as FuseServer)), expected);
      t.ok(source.misses > before + 20, `${source.misses} misses`);
      t.same([...new Set(faults)], [...new Set(plain)], 'to be late is no fault');
    });
  }
}

t.test('interruptions', async (t) => {
  const request = fuseRequest(15, 7, readBody(0, 10));
  const unique = request.subarray(8, 16);
  const interrupt = fuseRequest(36, 0, unique);
  t.same(interruptedRequest(interrupt), unique);
  t.equal(interruptedRequest(request), undefined);
  t.equal(interruptedRequest(interrupt.subarray(0, 47)), undefined, 'cut short');
  t.ok(isRequest(request, unique));
  t.notOk(isRequest(request, Buffer.alloc(8)));
  const reply = Buffer.alloc(64);
  t.equal(interruption(request, reply), 16);
  t.equal(reply.readInt32LE(4), -4);
  t.ok(reply.subarray(8, 16).equals(unique));
});
