// Who is told that an image is bad is also told where.
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import t from 'tap';
import { memorySource } from '#format';
import { mount } from '../../guest/reader/index.ts';
import { verifyImage } from '../../image-tools/verify/verify.ts';
import { delta, objectId } from '../fixtures/forge-bytes.ts';
import { BASE, README, SECOND, sample } from '../fixtures/forged-sample.ts';

const BASE_OID = objectId('blob', BASE).toString('hex');
const SECOND_OID = objectId('blob', SECOND).toString('hex');
/** PACK offsets: README is the first entry, the base the next, its header takes three bytes. */
const README_LENGTH = 1 + deflateSync(README).length;
const BASE_AT = 12 + README_LENGTH;
const stream = deflateSync(BASE);
const badStream = Buffer.concat([stream.subarray(0, -4), Buffer.alloc(4)]);
const secondAt = BASE_AT + 3 + stream.length;

t.test('a bad stream: the object, and where the stream begins', async (t) => {
  const image = sample({ base: { stream: badStream } });
  const file = join(t.testdir({ 'disk.img': image }), 'disk.img');
  const place = { code: 'BAD_ZLIB', offset: BASE_AT + 3 };
  await t.rejects(verifyImage(file), { ...place, oid: BASE_OID });
  t.throws(() => mount(memorySource(image), { reader: 'lazy' }).get('base.txt'), place);
});

t.test('a bad delta: the object, and where its entry begins', async (t) => {
  const image = sample({ second: { delta: delta(BASE.length, SECOND.length) } });
  const file = join(t.testdir({ 'disk.img': image }), 'disk.img');
  const place = { code: 'BAD_DELTA', offset: secondAt };
  await t.rejects(verifyImage(file), { ...place, oid: SECOND_OID });
  t.throws(() => mount(memorySource(image), { reader: 'lazy' }).get('second.txt'), place);
});

t.test('a bad tree: the object', async (t) => {
  const content = Buffer.from('1006');
  const image = sample({ docs: { content: () => content } });
  const file = join(t.testdir({ 'disk.img': image }), 'disk.img');
  const oid = objectId('tree', content).toString('hex');
  await t.rejects(verifyImage(file), { code: 'BAD_TREE', oid, offset: 0 });
});
