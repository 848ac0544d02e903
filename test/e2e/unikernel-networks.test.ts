// Network devices of unikernels: over a pair of sockets, and over a tap whose other side is the kernel.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findKoffi } from '../../tender/native/koffi.ts';
import { type Libc, loadLibc } from '../../tender/native/libc.ts';
import { emitGuest, entryField, type Target } from '../fixtures/elf/guest-code.ts';
import { ENGINES } from '../fixtures/elf/hvt-engines.ts';
import { readShown, sendFrame, showFrame } from '../fixtures/elf/net-guest.ts';
import { answer, arp, ping, type Station, udp } from '../fixtures/ethernet.ts';
import { scratchFolder, startTender, TENDER } from '../fixtures/tender.ts';

const skip = process.arch !== 'x64' && 'unikernels need a machine of x86_64';
const folder = scratchFolder((clean) => t.teardown(clean));
const NET = [{ name: 'service', type: 'NET_BASIC' }] as const;
const MAC = '02:00:00:00:00:02';
const guestStation = { mac: Uint8Array.of(2, 0, 0, 0, 0, 2), ip: Uint8Array.of(10, 9, 0, 2) };
const peer = { mac: Uint8Array.of(2, 0, 0, 0, 0, 1), ip: Uint8Array.of(10, 9, 0, 1) };
const PORT = 7777;

const TARGETS: [name: string, target: Target, options: string[], skip: string | false][] = [
  ['spt', 'spt', [], skip],
  ...ENGINES.map((engine): (typeof TARGETS)[number] => [
    `hvt, ${engine.name}`,
    'hvt',
    [`--hvt=${engine.name}`],
    skip || engine.skip,
  ]),
];

/** Asks all three questions, the first `tries` times, and shows `shown` frames after each. */
function writeAsker(target: Target, to: Station, shown: number, tries = 1): string {
  const path = join(folder, `asker-${shown}.${target}`);
  const questions = [
    ...Array.from({ length: tries }, () => arp(guestStation, to, 1)),
    ping(guestStation, to, 8, 'are you there?'),
    udp(guestStation, to, PORT, 'say it again'),
  ];
  const file = emitGuest(target, NET, (guest) => {
    for (const question of questions) {
      sendFrame(guest, 1, question);
      for (let left = shown; left > 0; left -= 1) showFrame(guest, 1);
    }
    guest.exit(0);
  });
  writeFileSync(path, file);
  return path;
}

const libc: Libc = loadLibc(findKoffi(import.meta.url));

function socketPair(type: number): [number, number] {
  const pair = new Int32Array(new ArrayBuffer(8));
  libc.call('socketpair', 1, type, 0, libc.address(pair.buffer));
  return [pair[0] as number, pair[1] as number];
}

for (const [name, target, options, skip] of TARGETS) {
  t.test(`${name}: a pair of sockets, whose other side answers`, { skip }, async (t) => {
    const SOCK_SEQPACKET = 5;
    const [mine, theirs] = socketPair(SOCK_SEQPACKET | 0o4000);
    const args = [`--net-mac:service=${MAC}`, '--net:service=@3', writeAsker(target, peer, 1)];
    const tender = startTender([...options, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', theirs],
    });
    closeSync(theirs);
    const asked: Buffer[] = [];
    const timer = setInterval(() => {
      const frame = Buffer.alloc(2048);
      try {
        const length = readSync(mine, frame);
        if (length === 0) return;
        asked.push(frame.subarray(0, length));
        const reply = answer(frame.subarray(0, length), peer, guestStation);
        if (reply !== undefined) writeSync(mine, reply);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
    }, 5);
    const { status, stdout, stderr } = await tender.outcome;
    clearInterval(timer);
    closeSync(mine);
    t.match([status, stderr], [0, '']);
    t.equal(asked.length, 3, 'three frames came out, whole');
    t.strictSame(readShown(stdout), [
      arp(peer, guestStation, 2),
      ping(peer, guestStation, 0, 'are you there?'),
      udp(peer, guestStation, PORT, 'say it again'),
    ]);
  });

  t.test(`${name}: the guest is told its address and the longest frame`, { skip }, async (t) => {
    const path = join(folder, `told.${target}`);
    const file = emitGuest(target, NET, (guest) => {
      guest.show(entryField(target, 1, 72), 25);
      guest.exit(0);
    });
    writeFileSync(path, file);
    const told = async (more: string[]) => {
      const [mine, theirs] = socketPair(2);
      const tender = startTender([...options, '--net:service=@3', ...more, path], {
        stdio: ['ignore', 'pipe', 'pipe', theirs],
      });
      closeSync(theirs);
      closeSync(mine);
      return (await tender.outcome).stdout;
    };
    const given = await told([`--net-mac:service=${MAC}`]);
    t.equal(given.subarray(0, 6).toString('hex'), MAC.replaceAll(':', ''));
    t.equal(given.readUInt16LE(6), 1500);
    t.equal(given[24], 1, 'attached');
    const made = await told([]);
    t.equal((made[0] as number) & 3, 2, 'an address that is made up is local, and of one station');
    t.notOk(made.subarray(0, 6).equals((await told([])).subarray(0, 6)), 'each time another one');
  });

  const tap = [
    'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null',
    'ip tuntap add dev tap9 mode tap',
    'ip link set tap9 address 02:00:00:00:00:01',
    'ip addr add 10.9.0.1/24 dev tap9',
    'ip link set tap9 mtu 1400 up',
    `ip neigh add 10.9.0.2 lladdr ${MAC} dev tap9 nud permanent`,
  ].join('; ');
  const canTap =
    existsSync('/dev/net/tun') &&
    spawnSync('unshare', ['-n', 'sh', '-c', `(${tap}) 2>/dev/null; ip link show tap9`]).status ===
      0;
  const skipTap = skip || (!canTap && 'no tap can be made here');

  t.test(`${name}: a tap: the kernel and a program answer`, { skip: skipTap }, async (t) => {
    const program = join(folder, 'echo.cjs');
    writeFileSync(
      program,
      `const { createSocket } = require('node:dgram');
       const { spawn } = require('node:child_process');
       const socket = createSocket('udp4');
       socket.on('message', (text, from) => socket.send(text, from.port, from.address));
       socket.bind(${PORT}, '10.9.0.1', () => {
         spawn(process.execPath, process.argv.slice(2), { stdio: 'inherit', env: {} })
           .on('close', (status) => process.exit(status));
       });`,
    );
    // What the kernel sends before it has noticed that the link is up, it drops.
    const asker = writeAsker(target, peer, 2, 3);
    const args = [`--net:service=tap9`, `--net-mac:service=${MAC}`, asker];
    const command = [process.execPath, program, TENDER, ...options, ...args].join(' ');
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['-n', 'sh', '-c', `${tap}; exec ${command}`],
      { env: { PATH: process.env.PATH }, timeout: 30_000 },
    );
    t.match([status, stderr.toString()], [0, '']);
    const shown = readShown(stdout);
    const has = (frame: Buffer, from: number) =>
      shown.some((one) => one?.subarray(from).equals(frame.subarray(from)));
    t.ok(has(arp(peer, guestStation, 2), 0), 'ARP');
    // Behind what the kernel chooses by itself: identification, time to live, checksums.
    t.ok(has(ping(peer, guestStation, 0, 'are you there?'), 34), 'ICMP');
    t.ok(has(udp(peer, guestStation, PORT, 'say it again'), 42), 'UDP');
  });
}

t.test('what is no network device is refused', { skip }, async (t) => {
  const guest = writeAsker('spt', peer, 1);
  const stream = socketPair(1);
  const refused = async (args: string[], fd?: number) => {
    const stdio = ['ignore', 'pipe', 'pipe', ...(fd === undefined ? [] : [fd])];
    const { status, stderr } = await startTender([...args, guest], { stdio: stdio as 'pipe'[] })
      .outcome;
    return [status, stderr] as const;
  };
  const net = '--net:service=';
  for (const [args, status, message] of [
    [[`${net}nothing`], 1, /^tender: Could not attach interface: nothing: .*no such device\n$/i],
    [[`${net}%d`], 1, /^tender: Could not attach interface: %d: not the name of an interface\n$/],
    [[`${net}sixteen-letters-x`], 1, /: not the name of an interface\n$/],
    [[`${net}lo`], 1, /^tender: Could not attach interface: lo: /],
    [[`${net}@1`], 1, /@1: descriptors below 3 are the console and its neighbours\n$/],
    [[`${net}@999`], 1, /@999: not open\n$/],
    [[`--net:other=@3`], 1, /^tender: Resource not declared in manifest: 'other'\n$/],
    [[`--net-mac:service=03:00:00:00:00:01`], 64, /^tender: Invalid option: /],
    [[`--net-mac:service=02:00:00:00:00`], 64, /^tender: Invalid option: /],
    [[`--net-mac:service=00:00:00:00:00:00`], 64, /^tender: Invalid option: /],
    [[], 1, /^tender: Device 'service' of type NET_BASIC declared but not attached\.\n/],
  ] as const) {
    t.match(await refused([...args]), [status, message], args.join(' '));
  }
  t.match(await refused([`${net}@3`], stream[0]), [1, /@3: a socket of a stream; /]);
  const file = join(folder, 'echo.cjs');
  writeFileSync(file, '');
  t.match(await refused([`${net}@3`, `${net}@3`], socketPair(2)[0]), [1, /attached twice/]);
});

t.test('scripts have no network', async (t) => {
  const path = join(folder, 'guest.js');
  const manifest = { type: 'solo5.manifest', version: 1, devices: NET };
  writeFileSync(path, `/*solo5.manifest ${JSON.stringify(manifest)}*/\nsolo5machine.exit(0);\n`);
  const [, theirs] = socketPair(2);
  const tender = startTender(['--net:service=@3', path], {
    stdio: ['ignore', 'pipe', 'pipe', theirs],
  });
  t.match(await tender.outcome, {
    status: 1,
    stderr: /^tender: Device 'service': JavaScript guests /,
  });
});
