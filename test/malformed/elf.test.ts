import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { elfReader } from '../../tender/guests/elf/elf-reader.ts';
import { openGuest } from '../../tender/guests/open-guest.ts';
import { ELF_DEFECTS, ELF_ODDITIES } from './elf-defects.ts';

const folder = t.testdir();
const path = join(folder, 'guest.elf');
const openFiles = () => readdirSync('/proc/self/fd').length;

function read(file: Uint8Array, memory = 16) {
  writeFileSync(path, file);
  const guest = openGuest(path);
  try {
    const content = elfReader.read(guest);
    content.fit(memory);
    return content;
  } finally {
    guest.close();
  }
}

t.test('each defect is refused in its own words, and leaves no file open', async (t) => {
  const before = openFiles();
  for (const { name, file, message, memory } of ELF_DEFECTS) {
    const found = t.throws(() => read(file, memory), { name: 'TenderError' }, name) as Error;
    t.ok(found.message?.startsWith(`${path}: `), `${name}: the file is named`);
    t.match(found.message?.slice(path.length + 2), message, name);
  }
  t.equal(openFiles(), before);
});

t.test('a file may be cut anywhere', async (t) => {
  const whole = ELF_ODDITIES['no devices'] as Buffer;
  const needed = whole.length;
  for (let length = 4; length < needed; length += length < 1024 ? 1 : 97) {
    t.throws(() => read(whole.subarray(0, length)), { name: 'TenderError' }, `${length} bytes`);
  }
});

t.test('what is odd and usual is accepted', async (t) => {
  for (const [name, file] of Object.entries(ELF_ODDITIES)) {
    t.doesNotThrow(() => read(file), name);
  }
});
