import t from 'tap';
import { MODE_FILE, memorySource, OBJECT_BLOB } from '#format';
import { type MountOptions, mount } from '../../../../../guest/reader/index.ts';
import { HandmadeImage } from '../../../../fixtures/handmade-image.ts';

/** An image whose file has another id than its bytes make. */
function imageOfLies(): Uint8Array {
  const handmade = new HandmadeImage();
  const oid = new Uint8Array(20).fill(1);
  handmade.addEntry(OBJECT_BLOB, Buffer.from('a lie\n'), oid);
  return handmade.finish(handmade.addTree([{ mode: MODE_FILE, name: 'file', oid }]));
}

const source = memorySource(imageOfLies());

t.test('options that no type-checked caller gives', async (t) => {
  const id = '0123456789abcdef0123456789abcdef01234567';
  const cases: [object, RegExp][] = [
    [{ reader: 'lasy' }, /^unknown reader 'lasy', use one of auto, indexed, lazy, eager, analyze/],
    [{ reader: 'indexed', check: true }, /^a path index cannot be checked$/],
    [{ commit: id }, /^'commit' must be the 20 bytes of an id$/],
    [{ commit: null }, /^'commit' must be the 20 bytes/],
    [{ commit: Buffer.from('0123', 'hex') }, /^'commit' must be the 20 bytes/],
    [{ cacheBytes: -1 }, /^'cacheBytes' must be a number of bytes, not -1$/],
    [{ cacheBytes: Number.NaN }, /^'cacheBytes' must be a number of bytes, not NaN$/],
    [{ onWarning: 'x' }, /^'onWarning' must be a function, not string$/],
    [{ limits: 5 }, /^'limits' must be an object, not number$/],
    [{ limits: null }, /^'limits' must be an object, not null$/],
    [{ limits: { maxTrees: 5 } }, /^unknown limit 'maxTrees', use one of maxObjectSize, /],
    [{ limits: { toString: 5 } }, /^unknown limit 'toString'/],
    [{ limits: { maxTreeSize: NaN } }, /^'limits.maxTreeSize' must be a whole number, not NaN$/],
    [{ cacheBytes: '1' }, /^'cacheBytes' must be a number of bytes, not 1$/],
  ];
  for (const [options, message] of cases) {
    t.throws(() => mount(source, options as MountOptions), {
      name: 'OptionError',
      code: 'INVALID_OPTION',
      message,
    });
  }
});

t.test('checking is on for whatever is true', async (t) => {
  t.equal(Buffer.from(mount(source, {}).get('file')).toString(), 'a lie\n');
  for (const check of [true, 1, 'yes'] as true[]) {
    t.throws(() => mount(source, { check }).get('file'), { code: 'BAD_HASH' });
  }
});
