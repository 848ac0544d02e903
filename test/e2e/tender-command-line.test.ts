import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runTender, scratchFolder, writeGuest } from '../fixtures/tender.ts';

const folder = scratchFolder((clean) => t.teardown(clean));
const disk = join(folder, 'disk.img');
writeFileSync(disk, Buffer.alloc(2048, 'x'));
const DISK = [{ name: 'disk', type: 'BLOCK_BASIC' }] as const;
const PRINT = `
  const bytes = new TextEncoder().encode(JSON.stringify(solo5machine.arguments));
  solo5machine.consoleWrite(bytes);
  solo5machine.exit(Number(solo5machine.arguments.at(-1)));`;
const guest = writeGuest(folder, 'guest.js', PRINT, DISK);
const bare = writeGuest(folder, 'bare.js', PRINT);

t.test('arguments reach the guest one by one, and its status comes back', async (t) => {
  const spaced = join(folder, 'a disk=1 2.img');
  writeFileSync(spaced, Buffer.alloc(512));
  const args = [`--block:disk=${spaced}`, '--', guest, '--help', 'a b', '', '--block:x=y', '300'];
  const { status, stdout, stderr } = await runTender(args);
  t.equal(stdout.toString(), '["--help","a b","","--block:x=y","300"]');
  t.equal(status, 300 & 0xff);
  t.equal(stderr, '');
});

t.test('the guest is found without --', async (t) => {
  const { status, stdout } = await runTender([`--block:disk=${disk}`, guest, '--', '7']);
  t.equal(stdout.toString(), '["--","7"]');
  t.equal(status, 7);
});

t.test('--solo5 levels are taken from the head of the guest arguments', async (t) => {
  const { stdout } = await runTender([
    bare,
    '--solo5:quiet',
    '--solo5:error',
    'x',
    '--solo5:info',
    '0',
  ]);
  t.equal(stdout.toString(), '["x","--solo5:info","0"]');
});

t.test('memory shared with the devices grows with --mem, up to a limit', async (t) => {
  const body = 'solo5machine.log(String(solo5machine.heap.size / 2 ** 20));';
  const asking = writeGuest(folder, 'asking.js', body, DISK);
  for (const [memory, shared] of [
    [16, 4],
    [64, 4],
    [256, 28],
    [512, 44],
    [65_536, 44],
  ]) {
    const run = await runTender([`--mem=${memory}`, `--block:disk=${disk}`, asking]);
    t.equal(run.stderr, `guest: ${shared}\n`, `${memory} MiB`);
  }
});

t.test('--help, --version and --manifest answer on stdout', async (t) => {
  const help = await runTender(['--help']);
  t.match([help.status, help.stdout.toString(), help.stderr], [0, /^usage: tender/, '']);
  const version = await runTender(['--version']);
  t.match([version.status, version.stdout.toString()], [0, /^tender \d+\.\d+\.\d+ /]);
  const manifest = await runTender(['--manifest', guest]);
  t.equal(
    manifest.stdout.toString(),
    '{"type":"solo5.manifest","version":1,"devices":[{"name":"disk","type":"BLOCK_BASIC"}]}\n',
  );
});

const empty = join(folder, 'empty.img');
writeFileSync(empty, '');
const odd = join(folder, 'odd.img');
writeFileSync(odd, Buffer.alloc(513));
mkdirSync(join(folder, 'dir'));
execFileSync('mkfifo', [join(folder, 'fifo')]);
writeFileSync(join(folder, 'elf'), '\x7fELF\0\0');
writeFileSync(join(folder, 'script.js'), 'hello');
writeFileSync(join(folder, 'qcow2'), Buffer.from('QFI\xfb\0\0\0\x03'.padEnd(1024, '\0'), 'latin1'));
writeFileSync(join(folder, 'vhdx'), 'vhdxfile'.padEnd(1024, '\0'));
writeFileSync(join(folder, 'image'), `${'\0'.repeat(28)}PACK`);
// No wrapped disk: an image whose commit's id happens to begin so.
writeFileSync(join(folder, 'lookalike'), Buffer.from('QFI\xfbxyz'.padEnd(1024, '\0'), 'latin1'));
writeFileSync(
  join(folder, 'extra.js'),
  '/*solo5.manifest {"type":"solo5.manifest","version":1,"devices":[],"x":1}*/\n',
);

const block = `--block:disk=${disk}`;
const at = (name: string) => join(folder, name);
const size = '--block-sector-size:disk';

const REFUSED: [why: string, args: string[], status: number, message: RegExp][] = [
  ['no guest', [], 64, /^tender: Missing KERNEL operand/],
  ['a missing guest', [at('none')], 1, /none: Could not open: No such file or directory\n$/],
  ['a folder as guest', [at('dir')], 1, /dir: Could not open: Illegal operation on a directory\n$/],
  ['an ELF file', [at('elf')], 1, /elf: Invalid executable: [^\n]+\n$/],
  ['a script without manifest', [at('script.js')], 1, /script.js: No manifest found/],
  ['an unknown key in the manifest', [at('extra.js')], 1, /Invalid manifest: .*unknown key 'x'/],
  ['the guest before the options', ['--nonsense', at('none')], 1, /Could not open/],
  [
    'an unknown option',
    ['--nonsense', guest],
    64,
    /^tender: Invalid option: '--nonsense'\nusage: /,
  ],
  ['an option without value', ['--block:disk', guest], 64, /Invalid option/],
  [
    'a device that is not declared',
    [`--block:x=${disk}`, guest],
    1,
    /not declared in manifest: 'x'/,
  ],
  ['a size for one', ['--block-sector-size:x=512', guest], 1, /not declared in manifest: 'x'/],
  ['options in order', [`--block:x=${disk}`, '--nonsense', guest], 1, /not declared/],
  ['junk behind a number', [`${size}=512junk`, block, guest], 1, /power of two .* '512junk'/],
  ['a negative number', [`${size}=-65024`, block, guest], 1, /power of two/],
  ['a number that wraps around', [`${size}=66048`, block, guest], 1, /power of two/],
  ['256', [`${size}=256`, block, guest], 1, /power of two/],
  ['1000', [`${size}=1000`, block, guest], 1, /power of two/],
  ['a missing image', ['--block:disk=none', guest], 1, /block device: none: No such file or dir/],
  ['a folder', [`--block:disk=${at('dir')}`, guest], 1, /block device: .*dir: Is a directory/],
  ['a FIFO', [`--block:disk=${at('fifo')}`, guest], 1, /fifo: Could not determine capacity/],
  ['memory with junk', ['--mem=512k', block, guest], 64, /Invalid option: '--mem=512k'/],
  ['too little memory', ['--mem=1', block, guest], 1, /Memory must be from/],
  ['memory before sizes', ['--mem=1', `--block:disk=${odd}`, guest], 1, /Memory must be from/],
  ['an odd size', [`--block:disk=${odd}`, guest], 1, /disk: Backing .* aligned \(512 bytes\)/],
  ['an empty image', [`--block:disk=${empty}`, guest], 1, /disk: Backing .* at least 1 block/],
  ['a larger sector', [`${size}=4096`, block, guest], 1, /block aligned \(4096 bytes\)/],
  [
    'nothing attached',
    [guest],
    1,
    /^tender: Device 'disk' of type BLOCK_BASIC declared but not attached.\ntender: All declared/,
  ],
  ['a long command line', [bare, 'x'.repeat(8192)], 1, /too long \(max=8191 characters\)/],
  ['a device twice', [block, block, guest], 1, /^tender: Device 'disk' is attached twice[^\n]+\n$/],
  [
    'a device in two words',
    ['--block', `disk=${disk}`, guest],
    1,
    /^tender: write --block:disk=[^\n]+, as one word\n$/,
  ],
  [
    'a device behind an equals sign',
    [`--block=disk=${disk}`, guest],
    64,
    /^tender: write --block:disk=[^\n]+, as one word\n$/,
  ],
  ['memory in two words', ['--mem', '64', guest], 1, /^tender: write --mem=64, as one word\n$/],
  [
    'a home folder that no shell put in',
    ['--block:disk=~/disk.img', guest],
    1,
    /^tender: the shell does not expand ~ there: write --block:disk="\$HOME"\/disk\.img\n$/,
  ],
  [
    'options behind the guest',
    [guest, block],
    1,
    /^tender: options of the tender go before the guest: tender --block:disk=[^\n]+ -- [^\n]+\n$/,
  ],
  [
    'a qcow2 disk',
    [`--block:disk=${at('qcow2')}`, guest],
    1,
    /a qcow2 disk; [^\n]+ convert -O raw/,
  ],
  [
    'a VHDX disk',
    [`--block:disk=${at('vhdx')}`, guest],
    1,
    /a VHDX disk; the tender reads only raw/,
  ],
  [
    'a guest as image',
    [`--block:disk=${guest}`, guest],
    1,
    /guest\.js: a guest, not a disk; attach/,
  ],
  ['an image as guest', [at('image')], 1, /Not a guest: .*; an image is attached: --block:NAME=P/],
  ['a bad sandbox', ['--sandbox=paper', bare], 64, /Invalid option/],
];

for (const [why, args, status, message] of REFUSED) {
  t.test(`refused: ${why}`, async (t) => {
    const outcome = await runTender(args);
    t.equal(outcome.status, status);
    t.match(outcome.stderr, message);
    t.equal(outcome.stdout.length, 0);
    t.notMatch(outcome.stderr, /\n\s+at /, 'no stack');
  });
}

t.test('the last of a repeated option counts', async (t) => {
  const args = [`${size}=4096`, `${size}=1024`, block, guest, '0'];
  t.equal((await runTender(args)).status, 0);
});

t.test('an image whose first bytes look like another format', async (t) => {
  const { status } = await runTender([`--block:disk=${at('lookalike')}`, guest, '4']);
  t.equal(status, 4);
});

t.test('8,191 characters are not too long', async (t) => {
  const { status, stdout } = await runTender([bare, 'x'.repeat(8189), '3']);
  t.equal(status, 3);
  t.equal(stdout.length, 8189 + '["","3"]'.length);
});
