import fc from 'fast-check';
import t from 'tap';
import {
  BLOCK_HEADER_BYTES,
  DESCRIPTOR_BYTES,
  decodeBlockConfig,
  decodeBlockHeader,
  decodeDescriptor,
  encodeBlockConfig,
  encodeBlockHeader,
  encodeDescriptor,
  encodeManifest,
  parseGuestManifest,
} from '#abi';

const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);

t.test('descriptors come back', async (t) => {
  fc.assert(
    fc.property(
      fc.record({ address: u32, length: u32, flags: u16, next: u16 }, { noNullPrototype: true }),
      fc.nat(9),
      (descriptor, at) => {
        const memory = new DataView(new ArrayBuffer(DESCRIPTOR_BYTES + 9));
        encodeDescriptor(memory, at, descriptor);
        t.strictSame(decodeDescriptor(memory, at), descriptor);
      },
    ),
  );
});

t.test('block headers come back; a sector beyond 2^53 - 1 is Infinity', async (t) => {
  fc.assert(
    fc.property(
      fc.record({ type: u32, sector: fc.maxSafeNat() }, { noNullPrototype: true }),
      (header) => {
        const bytes = new DataView(new ArrayBuffer(BLOCK_HEADER_BYTES));
        encodeBlockHeader(bytes, 0, header);
        t.strictSame(decodeBlockHeader(bytes), header);
      },
    ),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }), (sector) => {
      const bytes = new DataView(new ArrayBuffer(BLOCK_HEADER_BYTES));
      bytes.setBigUint64(8, sector, true);
      return decodeBlockHeader(bytes).sector === Number.POSITIVE_INFINITY;
    }),
  );
});

t.test('configurations of a block device come back', async (t) => {
  fc.assert(
    fc.property(
      fc.record(
        { capacity: fc.maxSafeNat(), segMax: u32, blockSize: u32 },
        { noNullPrototype: true },
      ),
      (config) => t.strictSame(decodeBlockConfig(encodeBlockConfig(config)), config),
    ),
  );
  t.throws(() => encodeBlockConfig({ capacity: -1, segMax: 1, blockSize: 512 }), RangeError);
  t.throws(() => encodeBlockConfig({ capacity: 2 ** 53, segMax: 1, blockSize: 512 }), RangeError);
});

t.test('manifests come back, whatever code follows', async (t) => {
  const device = fc.record(
    {
      name: fc.stringMatching(/^[A-Za-z0-9]{1,67}$/),
      type: fc.constantFrom('BLOCK_BASIC' as const, 'NET_BASIC' as const),
    },
    { noNullPrototype: true },
  );
  const devices = fc.uniqueArray(device, { maxLength: 63, selector: ({ name }) => name });
  fc.assert(
    fc.property(devices, fc.string(), (devices, code) => {
      const { devices: found } = parseGuestManifest(`${encodeManifest(devices)}\n${code}`);
      t.strictSame(found, devices);
    }),
  );
});
