import t from 'tap';
import { lockfileFaults } from '../../../scripts/lockfile-faults.ts';

const SOUND = { version: '1.2.3', integrity: 'sha512-abc=' };
const faultsOf = (packages: object) => lockfileFaults(JSON.stringify({ packages }));

t.test('every package has its checksum and no address', async (t) => {
  t.strictSame(faultsOf({ '': { name: 'project' }, 'node_modules/a': SOUND }), []);
  t.match(faultsOf({ 'node_modules/a': { version: '1.2.3', optional: true } }), [
    /^node_modules\/a: has no checksum; .* npm view a@1\.2\.3 dist\.integrity$/,
  ]);
  t.match(faultsOf({ 'node_modules/x/node_modules/@s/b': { version: '2.0.0' } }), [
    /npm view @s\/b@2\.0\.0 /,
  ]);
  t.match(faultsOf({ 'node_modules/a': { ...SOUND, integrity: 'sha1-abc=' } }), [/no checksum/]);
  const resolved = 'https://registry.example/a.tgz';
  t.match(faultsOf({ 'node_modules/a': { ...SOUND, resolved } }), [/has an address, https:/]);
  t.match(faultsOf({ local: { resolved: 'elsewhere', link: true } }), [/address/, /checksum/]);
});

t.test('a lockfile of nothing is a fault', async (t) => {
  t.strictSame(lockfileFaults('{}'), ['no packages']);
});
