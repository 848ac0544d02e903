import fc from 'fast-check';
import t from 'tap';
import { encodeManifest, ManifestError, parseGuestManifest, parseManifest } from '#abi';

const device = fc.record({
  name: fc.stringMatching(/^[A-Za-z0-9]{1,67}$/),
  type: fc.constantFrom('BLOCK_BASIC' as const, 'NET_BASIC' as const),
});

t.test('what is encoded is parsed again', async () => {
  const devices = fc.uniqueArray(device, { maxLength: 63, selector: ({ name }) => name });
  fc.assert(
    fc.property(devices, fc.string(), (list, script) => {
      const manifest = parseGuestManifest(`${encodeManifest(list)}\n${script}`);
      t.same(manifest.devices, list);
    }),
    { numRuns: 50 },
  );
});

const ok = '{"type":"solo5.manifest","version":1,"devices":[]}';
const withDevices = (devices: unknown) =>
  JSON.stringify({ type: 'solo5.manifest', version: 1, devices });

const REFUSED: [why: string, json: string][] = [
  ['no JSON', '{'],
  ['a list', '[]'],
  ['null', 'null'],
  ['another type', ok.replace('solo5.manifest', 'solo6')],
  ['another version', ok.replace('1', '2')],
  ['a version as text', ok.replace('1', '"1"')],
  ['an unknown key', ok.replace('{', '{"x":0,')],
  ['a missing key', '{"type":"solo5.manifest","version":1}'],
  ['devices that are no list', withDevices({})],
  [
    '64 devices',
    withDevices(Array.from({ length: 64 }, (_, n) => ({ name: `d${n}`, type: 'BLOCK_BASIC' }))),
  ],
  ['an unknown key of a device', withDevices([{ name: 'a', type: 'BLOCK_BASIC', x: 1 }])],
  ['an empty name', withDevices([{ name: '', type: 'BLOCK_BASIC' }])],
  ['a name of 68 letters', withDevices([{ name: 'a'.repeat(68), type: 'BLOCK_BASIC' }])],
  ['a name with a dash', withDevices([{ name: 'a-b', type: 'BLOCK_BASIC' }])],
  ['a name with a newline', withDevices([{ name: 'a\n', type: 'BLOCK_BASIC' }])],
  ['another kind of device', withDevices([{ name: 'a', type: 'BLOCK' }])],
  ['a name twice', withDevices(['a', 'a'].map((name) => ({ name, type: 'BLOCK_BASIC' })))],
];

for (const [why, json] of REFUSED) {
  t.test(`refused: ${why}`, async (t) => {
    t.throws(() => parseManifest(json), ManifestError);
  });
}

t.test('the first line, and nothing else, is looked at', async (t) => {
  const line = encodeManifest([]);
  t.same(parseGuestManifest(line).devices, []);
  t.same(parseGuestManifest(`${line}\r\nnonsense */`).devices, []);
  t.throws(() => parseGuestManifest(`${line}; run()`), /other text follows/);
  t.throws(() => parseGuestManifest(`\n${line}`), /^no manifest$/);
  t.throws(() => parseGuestManifest(''), /^no manifest$/);
  t.throws(() => parseGuestManifest('/*solo5.manifest {}\n*/'), /does not end/);
  t.throws(() => parseGuestManifest(`/*solo5.manifest ${' '.repeat(20_000)}*/`), /too long/);
});
