import t from 'tap';
import { defaultDate } from '../../../../image-tools/base/source-date.ts';

t.test('the date of what nobody dates', async (t) => {
  const epoch = (SOURCE_DATE_EPOCH?: string) =>
    defaultDate(SOURCE_DATE_EPOCH === undefined ? {} : { SOURCE_DATE_EPOCH });
  t.strictSame(epoch('0'), { seconds: 0, zone: '+0000' });
  t.strictSame(epoch('1602316800'), { seconds: 1_602_316_800, zone: '+0000' });
  for (const unset of [undefined, '']) {
    t.ok(Math.abs(epoch(unset).seconds - Date.now() / 1000) < 5);
  }
  for (const text of ['now', '-1', '1.5', ' 1', '1e9', '0x10', '9'.repeat(13)]) {
    t.throws(() => epoch(text), { code: 'USAGE', message: /^SOURCE_DATE_EPOCH=/ }, text);
  }
});
