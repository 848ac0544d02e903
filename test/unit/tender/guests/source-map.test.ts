// Maps come from wherever guests come from: nothing in them may cost much, or speak to a terminal.
import { spawnSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createPlaces } from '../../../../tender/guests/guest-places.ts';
import { readSourceMap } from '../../../../tender/guests/source-map.ts';

const LINE = 'Error: here (guest.js:1:5)';
/** Line 1: column 0 is line 1 of the first source, column 8 line 3 of the second. */
const GOOD = {
  version: 3,
  sources: ['app.ts', 'docteur:lib.ts'],
  names: [],
  mappings: 'AAAA,QCEA',
};

function guestWith(t: Test, map: unknown): string {
  const guest = join(t.testdir(), 'guest.js');
  if (map !== undefined) {
    writeFileSync(`${guest}.map`, typeof map === 'string' ? map : JSON.stringify(map));
  }
  return guest;
}

t.test('places in the sources', async (t) => {
  const map = readSourceMap(guestWith(t, GOOD));
  t.match(map?.translate(LINE), /^Error: here \([^)]*app\.ts:1:1\)$/);
  t.match(
    map?.translate('at guest.js:1:9, guest.js:1:2'),
    /^at docteur:lib\.ts:3:1, .*app\.ts:1:1$/,
  );
  t.equal(map?.isOfApp('guest.js:1:5'), true);
  t.equal(map?.isOfApp('guest.js:1:9'), false);
  t.equal(map?.isOfApp('elsewhere'), false);
  t.equal(map?.translate('guest.js:9:9'), 'guest.js:9:9', 'where the map says nothing');
});

t.test('a stack ends where the app does', async (t) => {
  const places = createPlaces(guestWith(t, GOOD));
  const stack = places.stack(['guest.js:1:9', 'guest.js:1:1', 'guest.js:1:9', 'guest.js:7:7']);
  t.equal(stack.length, 2);
  t.match(stack, [/docteur:lib\.ts:3:1/, /app\.ts:1:1/]);
  t.strictSame(createPlaces(guestWith(t, undefined)).stack(['guest.js:1:1']), []);
});

t.test('maps that make no sense are none', async (t) => {
  const maps = [
    undefined,
    '',
    'null',
    '[1]',
    '['.repeat(1_000_000),
    { ...GOOD, version: 2 },
    { ...GOOD, mappings: 7 },
    { ...GOOD, sources: 'app.ts' },
    { version: 3, sections: [{ offset: { line: 0, column: 0 }, map: GOOD }] },
  ];
  for (const map of maps) {
    t.equal(readSourceMap(guestWith(t, map)), undefined, String(JSON.stringify(map)).slice(0, 60));
  }
  for (const [sources, mappings] of [
    [[], 'AAAA'],
    [[null, {}], 'AAAA'],
    [['a'], 'A9999999999A'],
    [['a'], '!!!!'],
    [['a'], ';'.repeat(100_000)],
  ] as const) {
    const map = readSourceMap(guestWith(t, { version: 3, sources, names: [], mappings }));
    t.type(map?.translate(LINE) ?? LINE, 'string');
  }
});

t.test('what a map says is harmless for a terminal, and short', async (t) => {
  const sources = [`\u001b]0;title\u0007\n\u202e${'x'.repeat(100_000)}`, 'b'];
  const places = createPlaces(guestWith(t, { ...GOOD, sources }));
  for (const text of [places.translate(LINE), ...places.stack(['guest.js:1:1'])]) {
    t.notMatch(text, /[\p{Cc}\p{Cf}]/u);
    t.ok(text.length < 1000, `${text.length} characters`);
  }
});

t.test('what is large, or no file, is not read', async (t) => {
  const guest = guestWith(t, GOOD);
  t.ok(readSourceMap(guest));
  truncateSync(`${guest}.map`, 1);
  writeFileSync(`${guest}.map`, JSON.stringify(GOOD).padEnd(17 * 2 ** 20));
  t.equal(readSourceMap(guest), undefined);
  const other = guestWith(t, undefined);
  if (spawnSync('mkfifo', [`${other}.map`]).status === 0) t.equal(readSourceMap(other), undefined);
});
