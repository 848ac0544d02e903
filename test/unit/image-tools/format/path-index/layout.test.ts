import fc from 'fast-check';
import t from 'tap';
import {
  decodePathIndexFooter,
  encodePathIndexFooter,
  hasPathIndexMagic,
} from '../../../../../image-tools/format/path-index/layout.ts';

t.test('footers come back', async (t) => {
  const id = fc.uint8Array({ minLength: 20, maxLength: 20 });
  const u32 = fc.nat(0xffffffff);
  const footer = fc.record(
    {
      sectionSize: fc.maxSafeNat(),
      idxOffset: fc.maxSafeNat(),
      idxSize: fc.maxSafeNat(),
      commit: id,
      packChecksum: id,
      idxChecksum: id,
      objectCount: u32,
      pathCount: u32,
      leafUnits: u32,
      rootRank: u32,
      rootPackOffset: fc.maxSafeNat(),
      restartUnits: u32,
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(footer, (footer) => {
      const unit = new Uint8Array(4096);
      encodePathIndexFooter(unit, footer);
      t.ok(hasPathIndexMagic(unit));
      t.strictSame(decodePathIndexFooter(unit), footer);
    }),
  );
  t.throws(() => decodePathIndexFooter(new Uint8Array(4096)), { code: 'BAD_INDEX' });
  t.throws(() => decodePathIndexFooter(new Uint8Array(4000)), { code: 'TRUNCATED' });
});
