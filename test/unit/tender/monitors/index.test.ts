import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { encodeManifest } from '#abi';
import type { ElfProgram } from '../../../../tender/guests/elf/elf-reader.ts';
import { elfMonitor } from '../../../../tender/monitors/elf-monitor.ts';
import { findGuest } from '../../../../tender/monitors/index.ts';
import { nodeMonitor } from '../../../../tender/monitors/node/node-monitor.ts';
import { emitGuest, SCRATCH } from '../../../fixtures/elf/guest-code.ts';

const folder = t.testdir();
const openFiles = () => readdirSync('/proc/self/fd').length;
function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const NOT_A_GUEST =
  /: Not a guest: this tender runs JavaScript guests, and unikernels for spt and hvt$/;
const script = `${encodeManifest([{ name: 'disk', type: 'BLOCK_BASIC' }])}\n`;

t.test('a script goes to the monitor of scripts, whatever its length', async (t) => {
  for (const length of [0, 1, 100, 4096, 100_000]) {
    const text = script + 'x'.repeat(length);
    const guest = await findGuest(fileOf('guest.js', text));
    t.equal(guest.monitor, nodeMonitor);
    const { manifest, program } = guest.read();
    t.match(manifest.devices, [{ name: 'disk' }]);
    t.ok(Buffer.from(program as Uint8Array).equals(Buffer.from(text)));
  }
});

t.test(
  'a unikernel goes to the monitor of unikernels, and stays open until it is run',
  async (t) => {
    const before = openFiles();
    const devices = [{ name: 'disk', type: 'BLOCK_BASIC' }] as const;
    for (const target of ['spt', 'hvt'] as const) {
      const file = emitGuest(target, devices, (guest) => guest.show(SCRATCH, 8));
      const guest = await findGuest(fileOf('guest.elf', file));
      t.equal(guest.monitor, elfMonitor);
      const { manifest, program } = guest.read();
      t.strictSame(manifest, { type: 'solo5.manifest', version: 1, devices });
      t.equal((program as ElfProgram).target, target);
      t.equal(openFiles(), before + 1);
      guest.close();
      t.equal(openFiles(), before);
    }
  },
);

t.test('a guest may come through a pipe, which can be read once', async (t) => {
  const path = join(folder, 'fifo');
  execFileSync('mkfifo', [path]);
  const text = script + 'x'.repeat(1000);
  const writer = `require('fs').writeFileSync(${JSON.stringify(path)}, ${JSON.stringify(text)})`;
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['-e', writer], { stdio: 'inherit' });
  t.equal(Buffer.from((await findGuest(path)).read().program as Uint8Array).toString(), text);
  await new Promise((resolve) => child.on('close', resolve));
});

t.test('but no unikernel, which is read by position', async (t) => {
  const path = join(folder, 'elf-fifo');
  execFileSync('mkfifo', [path]);
  const { spawn } = await import('node:child_process');
  const writer = spawn('sh', ['-c', 'printf "\\177ELF" > "$0"', path]);
  const guest = await findGuest(path);
  t.throws(() => guest.read(), { message: /: Not a regular file: / });
  await new Promise((resolve) => writer.on('close', resolve));
});

t.test(
  'what is no guest is refused before anything is started, and leaves no file open',
  async (t) => {
    const before = openFiles();
    const elf = Buffer.alloc(8192);
    elf.write('\x7fELF\x02\x01\x01', 'latin1');
    const late = Buffer.from(script + 'x'.repeat(4000));
    late[3000] = 0;
    for (const [name, content, message] of [
      ['unikernel', elf, /: Unsupported executable: version 0 of ELF$/],
      ['short', '\x7fELF', /: Invalid executable: the ELF header /],
      ['empty', '', NOT_A_GUEST],
      ['binary', new Uint8Array(100), NOT_A_GUEST],
      ['late', late, NOT_A_GUEST],
      ['script', 'no manifest', /: No manifest found: is this a guest\?$/],
    ] as const) {
      const path = fileOf(name, content);
      const read = findGuest(path).then((guest) => guest.read());
      await t.rejects(read, { name: 'TenderError', message }, name);
    }
    await t.rejects(findGuest(folder), { message: /: Could not open: / });
    await t.rejects(findGuest(join(folder, 'none')), { message: /: Could not open: No such file/ });
    (await findGuest(fileOf('unread.js', script))).close();
    t.equal(openFiles(), before);
  },
);
