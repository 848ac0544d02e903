// Unikernels for hvt, emitted as machine code, on both engines.
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { HostError } from '../../tender/base/errors.ts';
import { RequestError } from '../../tender/block/block-device.ts';
import { makeFaulty } from '../../tender/block/filters/faulty.ts';
import { createMemoryDevice } from '../../tender/block/memory-device.ts';
import { emitGuest, entryField, hypercall, SCRATCH } from '../fixtures/elf/guest-code.ts';
import { ENGINES } from '../fixtures/elf/hvt-engines.ts';
import { forever, repeat, runHvtGuest } from '../fixtures/elf/hvt-guest.ts';
import { becomes, childrenOf, isAlive } from '../fixtures/processes.ts';
import { runTender, scratchFolder, startTender } from '../fixtures/tender.ts';

const folder = scratchFolder((clean) => t.teardown(clean));
/** Where the boot information is. */
const BOOT = 0x10000;
/** Where `hypercall` puts its struct. */
const STRUCT = 0x1f0000;
/** Of struct hvt_hc_block and hvt_hc_net: the result. */
const RESULT = { at: STRUCT + 32, size: 4 } as const;
const NET_RESULT = { at: STRUCT + 24, size: 4 } as const;

for (const { name: engine, skip } of ENGINES) {
  const options = { skip };
  const run = (rest: Omit<Parameters<typeof runHvtGuest>[0], 'engine'>) =>
    runHvtGuest({ engine, ...rest });

  t.test(`${engine}: says hello, and leaves with a status`, options, async (t) => {
    for (const [status, seen] of [
      [0, 0],
      [42, 42],
      [255, 255],
      [-1, 255],
      [0x1234, 0x34],
    ] as const) {
      const { end, output } = await run({
        code: (guest) => {
          guest.say('hello, ');
          guest.say('world\n');
          guest.exit(status);
        },
      });
      t.same(end, { kind: 'exit', status: seen });
      t.equal(output, 'hello, world\n');
    }
  });

  t.test(`${engine}: boot information, manifest and command line`, options, async (t) => {
    const disk = createMemoryDevice(new Uint8Array(8 * 4096), 4096);
    const { output, end } = await run({
      devices: { first: createMemoryDevice(new Uint8Array(512)), disk },
      arguments: ['--filename=ü', 'a b'],
      memory: 5,
      code: (guest) => {
        guest.show(BOOT, 56 + 8 + 3 * 104 + 64);
        guest.exit(0);
      },
    });
    t.same(end, { kind: 'exit', status: 0 });
    const bytes = Buffer.from(output, 'latin1');
    const word = (at: number) => Number(bytes.readBigUInt64LE(at - BOOT));
    t.equal(word(BOOT), 4 * 2 ** 20, 'memory is rounded down to 2 MiB');
    t.equal(word(BOOT + 8), 0x101000, 'the end of the last segment');
    t.ok(word(BOOT + 16) > 1e8, 'the frequency of its clock');
    t.equal(word(BOOT + 32), BOOT + 56, 'where the manifest is');
    t.equal(word(BOOT + 40), 0, 'no features');
    t.equal(word(BOOT + 48), 0, 'no ring');
    t.equal(word(entryField('hvt', 2, 72)), 8 * 4096, 'the capacity of the second device');
    t.equal(bytes.readUInt16LE(entryField('hvt', 2, 80) - BOOT), 4096);
    t.equal(bytes.readInt32LE(entryField('hvt', 2, 88) - BOOT), 0, 'no descriptor of the host');
    t.equal(bytes[entryField('hvt', 2, 96) - BOOT], 1, 'attached');
    const line = bytes.subarray(word(BOOT + 24) - BOOT);
    t.equal(line.subarray(0, line.indexOf(0)).toString(), '--filename=ü a b');
  });

  t.test(`${engine}: registers and flags at its start`, options, async (t) => {
    const { output, end } = await run({
      code: ({ code, show, exit }) => {
        code.raw(0x9c, 0x41, 0x57, 0x41, 0x56, 0x41, 0x55, 0x41, 0x54); // pushf; push r15..r12
        code.raw(0x41, 0x53, 0x41, 0x52, 0x41, 0x51, 0x41, 0x50); // push r11..r8
        code.raw(0x57, 0x56, 0x55, 0x54, 0x53, 0x52, 0x51, 0x50); // push rdi, rsi, rbp, rsp, rbx..rax
        code.raw(0x48, 0x89, 0xe0).keep(SCRATCH); // mov rax, rsp
        show({ at: SCRATCH, size: 8 }, 17 * 8);
        exit(0);
      },
    });
    t.same(end, { kind: 'exit', status: 0 });
    const words = new BigUint64Array(Uint8Array.from(Buffer.from(output, 'latin1')).buffer);
    const top = 2n * 2n ** 20n - 8n;
    t.equal(words[4], top - 12n * 8n - 8n * 0n, 'the stack begins below the end of memory');
    t.equal(words[7], BigInt(BOOT), 'rdi: the boot information');
    for (const index of [0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15]) {
      t.equal(words[index], 0n, `register ${index}`);
    }
  });

  t.test(`${engine}: block devices`, options, async (t) => {
    const bytes = Uint8Array.from({ length: 4096 }, (_, index) => index >> 9);
    const device = createMemoryDevice(bytes, 512, true);
    const { end, output } = await run({
      devices: { disk: device },
      code: (guest) => {
        guest.readBlock(1, 512 * 3, SCRATCH, 1024);
        guest.show(SCRATCH, 1024);
        guest.writeBlock(1, 512 * 6, SCRATCH, 512);
        guest.exitWithResult();
      },
    });
    t.same(end, { kind: 'exit', status: 0 });
    t.equal(output, `${'\x03'.repeat(512)}${'\x04'.repeat(512)}`);
    t.same([bytes[3071], bytes[3072], bytes[3583], bytes[3584]], [5, 3, 3, 7]);
  });

  t.test(`${engine}: requests that are refused`, options, async (t) => {
    const EINVAL = 2;
    const EUNSPEC = 3;
    const cases: [string, number, number, number, number, number][] = [
      ['handle 0', 5, 0, 0, 512, EINVAL],
      ['no such handle', 5, 64, 0, 512, EINVAL],
      ['a handle of 64 bits', 5, 2 ** 32 + 1, 0, 512, EINVAL],
      ['at the end', 5, 1, 4096, 512, EINVAL],
      ['past the end', 5, 1, 3584, 1024, EINVAL],
      ['not aligned', 5, 1, 256, 512, EINVAL],
      ['half a sector', 5, 1, 0, 256, EINVAL],
      ['nothing', 5, 1, 0, 0, EINVAL],
      ['a device that is read-only', 4, 1, 0, 512, EUNSPEC],
      ['as a network', 6, 1, SCRATCH, 60, 0],
    ];
    for (const [what, number, handle, offset, length, expected] of cases) {
      const bytes = new Uint8Array(4096);
      const { end } = await run({
        devices: { disk: createMemoryDevice(bytes) },
        code: ({ code, exit }) => {
          if (number === 6) {
            hypercall(code, 6, handle, offset, length, 0);
            exit(NET_RESULT);
          }
          hypercall(code, number, handle, offset, SCRATCH, length, -1);
          exit(RESULT);
        },
      });
      t.same(end, { kind: 'exit', status: number === 6 ? EINVAL : expected }, what);
    }
  });

  t.test(`${engine}: devices that answer later, refuse, or fail`, options, async (t) => {
    const plain = () => createMemoryDevice(new Uint8Array(4096).fill(7));
    const later = await run({
      devices: { disk: makeFaulty(plain(), () => ({ after: delay(20) })) },
      code: (guest) => {
        repeat(guest.code, 3, () => guest.readBlock(1, 0, SCRATCH, 512));
        guest.show(SCRATCH, 1);
        guest.exitWithResult();
      },
    });
    t.equal(later.output, '\x07');
    const read = (error: Error, after?: Promise<unknown>) =>
      run({
        devices: { disk: makeFaulty(plain(), () => ({ error, after })) },
        code: (guest) => {
          guest.readBlock(1, 0, SCRATCH, 512);
          guest.exitWithResult();
        },
      });
    for (const after of [undefined, delay(5)]) {
      t.same((await read(new RequestError('no'), after)).end, { kind: 'exit', status: 2 });
      const failed = { kind: 'ended', fault: 'host', message: 'the disk is gone' };
      t.same((await read(new HostError('the disk is gone'), after)).end, failed);
    }
  });

  t.test(`${engine}: clocks and waiting`, options, async (t) => {
    const before = process.hrtime.bigint();
    const wallBefore = BigInt(Date.now()) * 1_000_000n;
    const { output, end } = await run({
      code: ({ code, show, exit }) => {
        code.out(0x501, SCRATCH);
        hypercall(code, 3, 60_000_000, -1, -1);
        code.out(0x501, SCRATCH + 8);
        for (const at of [8, 16]) code.store(SCRATCH + 8 + at, { at: STRUCT + at, size: 8 });
        show(SCRATCH, 32);
        exit(0);
      },
    });
    t.same(end, { kind: 'exit', status: 0 });
    const bytes = Buffer.from(output, 'latin1');
    const [first, second] = [bytes.readBigUInt64LE(0), bytes.readBigUInt64LE(8)];
    t.ok(first >= wallBefore - 5_000_000n && first <= second);
    t.ok(second - first >= 60_000_000n, 'it waited');
    t.ok(second - first <= process.hrtime.bigint() - before + 5_000_000n);
    t.same([...bytes.subarray(16, 28)], Array(12).fill(0), 'no device is ready, none is counted');
  });

  t.test(`${engine}: rdtsc goes on`, options, async (t) => {
    const { output } = await run({
      code: ({ code, show, exit }) => {
        for (const at of [0, 8]) {
          code.raw(0x0f, 0x31, 0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, 0xd0); // rdtsc; shl rdx, 32; or rax, rdx
          code.keep(SCRATCH + at);
          if (at === 0) hypercall(code, 3, 20_000_000, 0, 0);
        }
        show(SCRATCH, 16);
        show(BOOT + 16, 8);
        exit(0);
      },
    });
    const bytes = Buffer.from(output, 'latin1');
    const [first, second, frequency] = [0, 8, 16].map((at) => bytes.readBigUInt64LE(at));
    const nanoseconds = (((second ?? 0n) - (first ?? 0n)) * 1_000_000_000n) / (frequency ?? 1n);
    t.ok(nanoseconds >= 19_000_000n, `${nanoseconds} ns`);
  });

  t.test(`${engine}: what ends a guest`, options, async (t) => {
    const ends: Record<string, [number[], RegExp]> = {
      hlt: [[0xf4], /^the guest halted its processor \(hlt\): rip=0x10000[01] \(_start\+0x[01]\)$/],
      'a port that there is not': [
        [0x66, 0xba, 0xf8, 0x03, 0xef],
        /^Invalid guest port access: port=0x3f8( \(_start.*)?$/,
      ],
      'a hypercall that there is not': [
        [0x66, 0xba, 0x09, 0x05, 0xef],
        /^Invalid guest port access: port=0x509( \(_start.*)?$/,
      ],
      'hypercall 0': [
        [0x66, 0xba, 0x00, 0x05, 0xef],
        /^Invalid guest port access: port=0x500( \(_start.*)?$/,
      ],
      'a byte to a port': [
        [0x66, 0xba, 0x01, 0x05, 0xee],
        /^Invalid guest port access: port=0x501( \(_start.*)?$/,
      ],
      'two bytes to a port': [
        [0x66, 0xba, 0x01, 0x05, 0x66, 0xef],
        /^Invalid guest port access: port=0x501( \(_start.*)?$/,
      ],
      'a read from a port': [
        [0x66, 0xba, 0x01, 0x05, 0xed],
        /^Invalid guest port access: port=0x501( \(_start.*)?$/,
      ],
      'ud2 without a handler': [[0x0f, 0x0b], /^unhandled /],
      'an address that is no memory': [[0x48, 0xa1, 0, 0, 0, 0, 0, 0, 0, 0], /^unhandled /],
      'an address without end': [[0x48, 0xa1, ...Array(8).fill(0x77)], /^unhandled /],
      'its own code, written': [
        [0x48, 0xa3, 0x00, 0x01, 0x10, 0, 0, 0, 0, 0],
        /^host\/guest translation fault: rip=0x10000[0a] /,
      ],
    };
    for (const [what, [bytes, message]] of Object.entries(ends)) {
      const { end } = await run({ code: ({ code }) => void code.raw(...bytes) });
      t.match(end, { kind: 'exit', status: 1, message }, what);
    }
  });

  t.test(`${engine}: an end from outside`, options, async (t) => {
    const abort = new AbortController();
    const spinning = run({ signal: abort.signal, code: ({ code }) => forever(code, () => {}) });
    let beats = 0;
    const beat = setInterval(() => {
      beats += 1;
    }, 1);
    t.ok(await becomes(() => beats > 20), 'the caller is not blocked');
    clearInterval(beat);
    abort.abort();
    t.match((await spinning).end, { kind: 'signal', signal: 'SIGKILL' });
    const waits = new AbortController();
    const waiting = run({
      signal: waits.signal,
      code: ({ code }) => forever(code, () => hypercall(code, 3, 2 ** 50, 0, 0)),
    });
    await delay(30);
    waits.abort();
    t.match((await waiting).end, { kind: 'signal', signal: 'SIGKILL' });
  });

  t.test(`${engine}: processor time`, options, async (t) => {
    const { end } = await run({ cpuSeconds: 1, code: ({ code }) => forever(code, () => {}) });
    t.match(end, { kind: 'signal', signal: 'SIGXCPU', message: /--cpu=1/ });
  });

  t.test(`${engine}: the command`, options, async (t) => {
    const file = join(folder, `${engine}.hvt`);
    writeFileSync(
      file,
      emitGuest('hvt', [], (guest) => {
        guest.say('!');
        forever(guest.code, () => hypercall(guest.code, 3, 10 ** 12, 0, 0));
      }),
    );
    for (const [signal, number] of [
      ['SIGINT', 2],
      ['SIGTERM', 15],
    ] as const) {
      const tender = startTender([`--hvt=${engine}`, '--mem=2', file]);
      await tender.firstOutput;
      const [guest = 0] = childrenOf(tender.pid);
      tender.kill(signal);
      t.match(await tender.outcome, { status: 1, stderr: `tender: Exiting on signal ${number}\n` });
      t.notOk(isAlive(guest));
    }
    const killed = startTender([`--hvt=${engine}`, '--mem=2', file]);
    await killed.firstOutput;
    const [guest = 0] = childrenOf(killed.pid);
    process.kill(guest, 'SIGKILL');
    t.match(await killed.outcome, { status: 137, stderr: 'tender: guest ended by SIGKILL\n' });
    const orphaned = startTender([`--hvt=${engine}`, '--mem=2', file]);
    await orphaned.firstOutput;
    const [orphan = 0] = childrenOf(orphaned.pid);
    orphaned.kill('SIGKILL');
    t.match(await orphaned.outcome, { signal: 'SIGKILL' });
    t.ok(await becomes(() => !isAlive(orphan)), 'nobody is left behind');
  });

  t.test(`${engine}: --dumpcore`, options, async (t) => {
    const file = join(folder, `aborts-${engine}.hvt`);
    const marker = 0x1122334455667788n;
    const guest = emitGuest('hvt', [], ({ code, exit }) => {
      code.store(SCRATCH, marker).set('r9', marker);
      exit(255);
    });
    writeFileSync(file, guest);
    const cores = mkdtempSync(join(folder, 'cores-'));
    const args = [`--hvt=${engine}`, '--mem=4'];
    const { status, stderr } = await runTender([...args, `--dumpcore=${cores}`, file]);
    t.equal(status, 255);
    const [name = ''] = readdirSync(cores);
    t.match(name, /^core\.solo5-hvt\.\d+$/);
    t.equal(stderr, `tender: dumpcore: dumping guest core to: ${join(cores, name)}\n`);
    const core = readFileSync(join(cores, name));
    t.equal(statSync(join(cores, name)).mode & 0o777, 0o600);
    t.equal(core.length, 4096 + 4 * 2 ** 20);
    t.equal(core.readBigUInt64LE(4096 + SCRATCH), marker, 'memory');
    t.ok(core.subarray(4096 + 0x100000).indexOf(guest.subarray(0x1000, 0x1040)) === 0, 'code');
    // The note of registers; of them r9 and rip.
    const registers = 64 + 2 * 56 + 20 + 112;
    t.equal(core.readBigUInt64LE(registers + 8 * 8), marker);
    const rip = Number(core.readBigUInt64LE(registers + 16 * 8));
    t.ok(rip > 0x100000 && rip < 0x101000, `${rip}`);
    const nowhere = await runTender([...args, '--dumpcore=/nowhere', file]);
    t.match(nowhere, { status: 255, stderr: /^tender: dumpcore: \/nowhere\/core.*: No such file/ });
  });
}

t.test('an unknown engine', async (t) => {
  const file = join(folder, 'exit.hvt');
  writeFileSync(
    file,
    emitGuest('hvt', [], (guest) => guest.exit(7)),
  );
  t.match(await runTender(['--hvt=xen', file]), {
    status: 64,
    stderr: /^tender: Invalid option: '--hvt=xen'\n/,
  });
  t.match(await runTender(['--hvt=auto', '--mem=2', file]), { status: 7, stderr: '' });
  t.match(await runTender(['--mem=5000', file]), {
    status: 1,
    stderr: /^tender: Memory of hvt guests must be from 2 to 4096 MiB, not 5000 \(--mem\)\n/,
  });
});
