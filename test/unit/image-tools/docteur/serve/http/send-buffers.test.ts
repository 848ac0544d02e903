import { Socket } from 'node:net';
import t from 'tap';
import { SendBuffers } from '../../../../../../image-tools/docteur/serve/http/send-buffers.ts';

t.test(
  'buffers are used again; too many at once cost the slowest client its connection',
  async (t) => {
    const buffers = new SendBuffers(2);
    const [a, b, c] = [new Socket(), new Socket(), new Socket()];
    const first = buffers.take();
    buffers.hold(a);
    buffers.release(a);
    buffers.give(first);
    t.equal(buffers.take(), first);
    t.not(buffers.take(), first, 'one is in use');
    buffers.hold(a);
    buffers.hold(b);
    buffers.hold(b);
    t.notOk(a.destroyed || b.destroyed);
    buffers.hold(c);
    t.ok(a.destroyed);
    t.notOk(b.destroyed || c.destroyed);
  },
);
