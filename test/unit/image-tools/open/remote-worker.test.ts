// The thread that reads an image elsewhere, seen from a thread that hears of its events.
import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import t from 'tap';
import { type BridgeInput, FAILED, PENDING } from '../../../../image-tools/open/bridge.ts';
import {
  parseImageAddress,
  type RemoteAddress,
} from '../../../../tender/block/remote/image-address.ts';
import { serveNbdImage } from '../../../fixtures/nbd-server.ts';

const WORKER = new URL('../../../../image-tools/open/remote-worker.ts', import.meta.url);

t.test('what was opened and is no image is let go of: nothing keeps the thread', async (t) => {
  const at = await serveNbdImage(t, Buffer.alloc(1024), { size: 1000 });
  const address = parseImageAddress(at) as RemoteAddress;
  const { port1, port2 } = new MessageChannel();
  const opened = new Int32Array(new SharedArrayBuffer(4)).fill(PENDING);
  const workerData: BridgeInput = { address, options: {}, opened, port: port2 };
  const worker = new Worker(WORKER, { workerData, transferList: [port2] });
  t.teardown(() => worker.terminate());
  const ended = once(worker, 'exit');
  const [answer] = await once(port1, 'message');
  t.match(answer, { error: /block aligned/ });
  t.equal(Atomics.load(opened, 0), FAILED);
  t.strictSame(await ended, [0]);
});
