import t from 'tap';
import { elfBytes } from '../../../../../tender/guests/elf/elf-source.ts';
import { readElf } from '../../../../../tender/guests/elf/read-elf.ts';
import { CODE_ADDRESS, emitElf } from '../../../../fixtures/elf/emit-elf.ts';

const code = Uint8Array.of(0xcc);
const symbols = { _start: CODE_ADDRESS, camlMain__entry: CODE_ADDRESS + 16 };
const guest = (change: (file: Buffer) => void = () => {}) => {
  const file = emitElf({ target: 'spt', code, symbols });
  change(file);
  const { size, read } = elfBytes(file);
  return readElf({
    size,
    read(offset, length) {
      if (offset + length > size) throw new Error(`${length} bytes at ${offset}: behind the file`);
      return read(offset, length);
    },
  });
};

t.test('an address is named by the symbol before it', async (t) => {
  const { symbolAt } = guest();
  t.equal(symbolAt(CODE_ADDRESS), '_start+0x0');
  t.equal(symbolAt(CODE_ADDRESS + 15), '_start+0xf');
  t.equal(symbolAt(CODE_ADDRESS + 16), 'camlMain__entry+0x0');
  t.equal(symbolAt(CODE_ADDRESS - 1), undefined);
});

t.test('a file without symbols, or with some of no sense, has no names', async (t) => {
  const none = readElf(elfBytes(emitElf({ target: 'spt', code })));
  t.equal(none.symbolAt(CODE_ADDRESS), undefined);
  const names = (file: Buffer) => file.indexOf('_start');
  const sections = (file: Buffer) => file.length - 3 * 64;
  for (const [why, change] of [
    [
      'a name that a terminal obeys',
      (file: Buffer) => file.write('\x1b[2J', names(file), 'latin1'),
    ],
    ['a table behind the file', (file) => file.writeUInt32LE(2 ** 31, sections(file) + 64 + 24)],
    ['a table of 2^63 bytes', (file) => file.writeUInt8(0x80, sections(file) + 64 + 32 + 7)],
    ['names in no section', (file) => file.writeUInt32LE(77, sections(file) + 64 + 40)],
    ['names of no bytes', (file) => file.writeUInt32LE(0, sections(file) + 128 + 32)],
    ['sections behind the file', (file) => file.writeUInt32LE(2 ** 31, 40)],
    ['sections of another size', (file) => file.writeUInt16LE(65, 58)],
  ] as [string, (file: Buffer) => void][]) {
    t.equal(guest(change).symbolAt(CODE_ADDRESS), undefined, why);
  }
});
