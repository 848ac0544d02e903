// The end of an image, which comes with its first bytes: it saves waiting, and changes nothing.
import t from 'tap';
import type { BlockDevice } from '../../../../../tender/block/block-device.ts';
import { openImageDevice } from '../../../../../tender/block/remote/open-image-device.ts';
import { deferred } from '../../../../fixtures/deferred.ts';
import { type Fault, serveImage } from '../../../../fixtures/image-server.ts';
import { Random } from '../../../../fuzz/random.ts';

const SIZE = 1024 * 1024 + 512;
const TAIL = 80 * 1024;
const IMAGE = Buffer.from(new Random(2).bytes(SIZE));
const isTail = (header = '') => header.startsWith('bytes=-');

async function readAt(device: BlockDevice, offset: number, length: number): Promise<Buffer> {
  const into = Buffer.alloc(length);
  await device.read(offset, [into]);
  return into;
}
const open = (origin: string) =>
  openImageDevice(origin, 512, { expectsEnd: true, limits: { attempts: 2, pause: 1 } });

t.test('it comes with the first bytes, and nothing there is asked for again', async (t) => {
  const server = await serveImage(t, IMAGE);
  const device = await open(server.origin);
  t.ok((await readAt(device, SIZE - 65_536, 65_536)).equals(IMAGE.subarray(-65_536)));
  t.ok((await readAt(device, SIZE - 512, 512)).equals(IMAGE.subarray(-512)));
  t.strictSame(server.ranges.toSorted(), [`bytes=-${TAIL}`, 'bytes=0-16383']);
  const before = SIZE - TAIL - 16_384 - 512;
  t.ok((await readAt(device, before, 512)).equals(IMAGE.subarray(before, before + 512)));
  t.equal(server.ranges.length, 3);
  device.close();
});

t.test('an image that is shorter than that', async (t) => {
  const short = IMAGE.subarray(0, 4096);
  const server = await serveImage(t, short);
  const device = await open(server.origin);
  t.ok((await readAt(device, 0, 4096)).equals(short));
  device.close();
});

const faults: Record<string, Fault> = {
  'sends all of it': ({ answer }) => {
    answer.status = 200;
    delete answer.headers['content-range'];
    answer.body = IMAGE;
  },
  'knows no such range': ({ answer }) => {
    answer.status = 416;
  },
  'sends its beginning': ({ answer }) => {
    answer.headers['content-range'] = `bytes 0-${TAIL - 1}/${SIZE}`;
    answer.body = IMAGE.subarray(0, TAIL);
  },
  'sends less of it': ({ answer }) => {
    answer.headers['content-range'] = `bytes ${SIZE - 512}-${SIZE - 1}/${SIZE}`;
    answer.body = answer.body.subarray(-512);
  },
  'sends that of a larger image': ({ answer }) => {
    answer.headers['content-range'] = `bytes ${2 * SIZE - TAIL}-${2 * SIZE - 1}/${2 * SIZE}`;
    answer.body = Buffer.alloc(TAIL);
  },
  'sends that of another version': ({ answer }) => {
    answer.headers.etag = '"other"';
    answer.body = Buffer.alloc(TAIL);
  },
  'breaks off': ({ response }) => {
    response.destroy();
    return true;
  },
};

for (const [name, fault] of Object.entries(faults)) {
  t.test(`a server that ${name} instead`, async (t) => {
    const head = deferred();
    const server = await serveImage(t, IMAGE, (visit) => {
      const { request, response, answer } = visit;
      if (!isTail(request.headers.range)) {
        response.on('finish', () => setTimeout(head.resolve, 5));
        return false;
      }
      // Behind the answer that says which version it is: before it, it would say so itself.
      void head.promise.then(() => {
        if (fault(visit) === true) return;
        const length = String(answer.body.length);
        response.writeHead(answer.status, { ...answer.headers, 'content-length': length });
        response.end(answer.body);
      });
      return true;
    });
    const device = await open(server.origin);
    t.ok((await readAt(device, SIZE - 65_536, 65_536)).equals(IMAGE.subarray(-65_536)));
    t.ok(server.ranges.some((range) => /^bytes=\d+-\d+$/.test(range) && range !== 'bytes=0-16383'));
    device.close();
  });
}

t.test('another version that is the first to answer: never a mixture', async (t) => {
  const tail = deferred();
  const server = await serveImage(t, IMAGE, ({ request, answer, response }) => {
    if (isTail(request.headers.range)) {
      answer.headers.etag = '"other"';
      response.on('finish', () => setTimeout(tail.resolve, 100));
      return false;
    }
    void tail.promise.then(() => {
      response.writeHead(answer.status, answer.headers);
      response.end(answer.body);
    });
    return true;
  });
  await t.rejects(open(server.origin), /changed/);
});
