import t from 'tap';
import { encodeAttached } from '../../../../../tender/guests/elf/attached-manifest.ts';
import { elfBytes } from '../../../../../tender/guests/elf/elf-source.ts';
import { readElf } from '../../../../../tender/guests/elf/read-elf.ts';
import { emitElf } from '../../../../fixtures/elf/emit-elf.ts';

const DEVICES = [
  { name: 'storage', type: 'BLOCK_BASIC' },
  { name: 'service', type: 'NET_BASIC' },
  { name: 'other', type: 'BLOCK_BASIC' },
] as const;

t.test('what is attached stands where the bindings of Solo5 look for it', async (t) => {
  const file = emitElf({ target: 'spt', devices: DEVICES, code: Uint8Array.of(0xcc) });
  // Nobody else's bytes reach the guest as if they were the tender's.
  file.fill(0xee, file.indexOf('storage\0') + 72, file.indexOf('storage\0') + 96);
  const { manifest } = readElf(elfBytes(file));
  t.strictSame(
    manifest.devices.map(({ name, handle }) => [name, handle]),
    [
      ['storage', 1],
      ['service', 2],
      ['other', 3],
    ],
  );
  const mac = Uint8Array.of(2, 0, 0, 1, 2, 3);
  const bytes = encodeAttached(
    manifest,
    new Map([
      ['service', { kind: 'NET_BASIC', mac, mtu: 1500, fd: 9 }],
      ['storage', { kind: 'BLOCK_BASIC', capacity: 2 ** 40, blockSize: 4096, fd: 7 }],
    ]),
  );
  const view = new DataView(bytes.buffer);
  const at = (handle: number) => 8 + 104 * handle;
  t.equal(view.getBigUint64(at(1) + 72, true), 2n ** 40n);
  t.equal(view.getUint16(at(1) + 80, true), 4096);
  t.equal(view.getInt32(at(1) + 88, true), 7);
  t.equal(bytes[at(1) + 96], 1);
  t.ok(bytes.subarray(at(1) + 82, at(1) + 88).every((byte) => byte === 0));
  t.strictSame([...bytes.subarray(at(2) + 72, at(2) + 78)], [...mac]);
  t.equal(view.getUint16(at(2) + 78, true), 1500);
  t.equal(view.getInt32(at(2) + 88, true), 9);
  t.equal(bytes[at(2) + 96], 1);
  t.equal(bytes[at(3) + 96], 0, 'what is not attached stays so');
  t.equal(manifest.bytes[at(1) + 96], 0, "and the file's own manifest as it was");
});
