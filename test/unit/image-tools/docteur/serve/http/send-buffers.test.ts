import { Socket } from 'node:net';
import t from 'tap';
import { SendBuffers } from '../../../../../../image-tools/docteur/serve/http/send-buffers.ts';

t.test(
  'buffers are used again; too many at once cost the slowest client its connection',
  async (t) => {
    const buffers = new SendBuffers(2);
    const [a, b, c] = [new Socket(), new Socket(), new Socket()];
    const first = buffers.take(a);
    buffers.give(a, first);
    t.equal(buffers.take(a), first);
    buffers.take(b);
    t.notOk(a.destroyed || b.destroyed);
    const third = buffers.take(c);
    t.ok(a.destroyed);
    t.notOk(b.destroyed || c.destroyed);
    t.not(third, first, 'the buffer of a lost client is in use until its write has ended');
  },
);
