import fc from 'fast-check';
import t from 'tap';
import { currentDate, parseRfc3339 } from '../../../../image-tools/base/rfc3339.ts';

t.test('dates and their zones', async (t) => {
  const noon = Date.UTC(2020, 9, 10, 8) / 1000;
  const cases: [string, number, string][] = [
    ['2020-10-10T08:00:00+00:00', noon, '+0000'],
    ['2020-10-10T08:00:00Z', noon, '+0000'],
    ['2020-10-10t08:00:00.999z', noon, '+0000'],
    ['2020-10-10 13:30:00+05:30', noon, '+0530'],
    ['2020-10-09T23:00:00-09:00', noon, '-0900'],
    ['1970-01-01T00:00:00Z', 0, '+0000'],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0) / 1000, '+0000'],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29) / 1000, '+0000'],
  ];
  for (const [text, seconds, zone] of cases)
    t.strictSame(parseRfc3339(text), { seconds, zone }, text);
});

t.test('every moment comes back', async () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
      (date) => parseRfc3339(date.toISOString())?.seconds === Math.floor(date.getTime() / 1000),
    ),
  );
});

t.test('what is no such date', async (t) => {
  for (const text of [
    '',
    'now',
    '2020-10-10',
    '2020-10-10T08:00:00',
    '2020-10-10T08:00Z',
    '2020-13-10T08:00:00Z',
    '2020-02-30T08:00:00Z',
    '2023-02-29T08:00:00Z',
    '2020-10-10T24:00:00Z',
    '2020-10-10T08:60:00Z',
    '2020-10-10T08:00:61Z',
    '2020-10-10T08:00:00+24:00',
    '2020-10-10T08:00:00+0000',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+00:01',
    ' 2020-10-10T08:00:00Z',
  ]) {
    t.equal(parseRfc3339(text), undefined, text);
  }
});

t.test('the present', async (t) => {
  t.ok(Math.abs(currentDate().seconds - Date.now() / 1000) < 5);
});
