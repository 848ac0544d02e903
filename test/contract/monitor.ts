import { spawn } from 'node:child_process';
import { readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { openBlockDevice } from '../../tender/block/open-block-device.ts';
import { runGuest } from '../../tender/commands/run-guest.ts';
import { becomes, childrenOf, isAlive } from '../fixtures/processes.ts';
import { type Outcome, runTender, startTender, TENDER } from '../fixtures/tender.ts';

/** A monitor to be tested, with the guest that does as it is told. */
export interface MonitorUnderTest {
  /** Options of the tender that choose it. */
  readonly options: readonly string[];
  /** The same for programs. */
  readonly setting?: { readonly hvt?: 'kvm' | 'process' };
  /**
   * The command line of a guest that does what `actions` say, and declares `disk` and `other`:
   * `say:TEXT`, `flood:BYTES`, `read:HANDLE:OFFSET:LENGTH`, `write:…`, `exit:STATUS`, `abort`, `wait`, `spin`.
   */
  guest(actions: readonly string[]): readonly string[];
  /** The status of a guest that asks for what is outside of its disk; undefined where it is told and goes on. */
  readonly badRequest?: number;
  /** Whether a guest that cannot be given a sector is ended; else it is told. */
  readonly endsAtFailure: boolean;
}

const SECTORS = 16;

/** What every monitor promises, whatever the kind of its guests: block devices, faults, signals. */
export function testMonitor(t: Test, folder: string, monitor: MonitorUnderTest): void {
  let disks = 0;
  /** A disk of whose sectors each has a letter of its own. */
  function newDisk(sectorSize = 512): string {
    const path = join(folder, `disk-${disks++}`);
    const sectors = Array.from({ length: SECTORS }, (_, index) =>
      Buffer.alloc(sectorSize, 65 + index),
    );
    writeFileSync(path, Buffer.concat(sectors));
    return path;
  }
  const other = newDisk();
  function command(disk: string, actions: readonly string[], ...more: string[]): string[] {
    const block = more.some((option) => option.startsWith('--block-writable:disk'))
      ? []
      : [`--block:disk=${disk}`];
    return [
      ...monitor.options,
      ...more,
      ...block,
      `--block:other=${other}`,
      '--',
      ...monitor.guest(actions),
    ];
  }
  const run = (...args: Parameters<typeof command>): Promise<Outcome> =>
    runTender(command(...args));

  t.test('console and statuses', async (t) => {
    const disk = newDisk();
    for (const status of [0, 1, 7, 255, 300]) {
      const found = await run(disk, ['say:hello', `exit:${status}`]);
      t.match([found.status, found.stdout.toString(), found.stderr], [status & 0xff, 'hello', '']);
    }
    t.equal((await run(disk, ['abort'])).status, 255);
  });

  t.test('sectors at every edge, of each device', async (t) => {
    for (const size of [512, 4096, 32_768]) {
      const disk = newDisk(size);
      const last = (SECTORS - 1) * size;
      const actions = [`read:1:0:${size}`, `read:1:${last}:${size}`, `read:2:512:512`];
      const { status, stdout } = await run(disk, actions, `--block-sector-size:disk=${size}`);
      const wanted = [Buffer.alloc(size, 'A'), Buffer.alloc(size, 'P'), Buffer.alloc(512, 'B')];
      t.equal(status, 0);
      t.ok(stdout.equals(Buffer.concat(wanted)), `sectors of ${size}`);
    }
  });

  t.test('what is outside of a disk is never given', async (t) => {
    for (const action of [`read:1:${SECTORS * 512}:512`, 'read:1:-512:512', 'read:1:1:512']) {
      const { status, stdout } = await run(newDisk(), [action, 'say:!']);
      if (action === 'read:1:1:512' && monitor.badRequest !== undefined) {
        // The rules of Solo5's tender have no word on that; its bindings do.
        t.equal(stdout.toString(), `${'A'.repeat(511)}B!`);
      } else if (monitor.badRequest !== undefined) {
        t.match([status, stdout.toString()], [monitor.badRequest, ''], action);
      } else t.match([status, stdout.toString()], [0, 'refused!'], action);
    }
  });

  t.test('a disk is read-only unless it is asked for', async (t) => {
    const disk = newDisk();
    const before = readFileSync(disk);
    const refused = await run(disk, ['write:1:512:512']);
    t.match([refused.status, refused.stdout.toString()], [0, 'refused']);
    t.ok(readFileSync(disk).equals(before));
    const written = await run(disk, ['write:1:512:512'], `--block-writable:disk=${disk}`);
    t.match([written.status, written.stdout.toString()], [0, 'written']);
    before.fill('w', 512, 1024);
    t.ok(readFileSync(disk).equals(before), 'that sector, and no other');
  });

  t.test('a writer shares its disk with nobody', async (t) => {
    const disk = newDisk();
    const first = startTender(command(disk, ['say:!', 'wait'], `--block-writable:disk=${disk}`));
    await first.firstOutput;
    t.match(await run(disk, []), {
      status: 1,
      stderr: /: Could not lock: a writer has it open\n$/,
    });
    first.kill('SIGTERM');
    t.match(await first.outcome, { status: 1, stderr: 'tender: Exiting on signal 15\n' });
    t.match(await run(disk, []), { status: 0 });
  });

  t.test('an image that is replaced while it is used, and one that is cut', async (t) => {
    const disk = newDisk();
    const replaced = startTender(command(disk, ['say:!', 'wait']));
    await replaced.firstOutput;
    writeFileSync(`${disk}.new`, '');
    renameSync(`${disk}.new`, disk);
    t.equal(statSync(disk).size, 0);
    replaced.kill('SIGTERM');
    t.match(await replaced.outcome, { status: 1 });
    const cut = newDisk();
    // Open already when it is cut; a pipe that nobody reads holds the guest back until then.
    const child = spawn('env', [
      '-i',
      process.execPath,
      TENDER,
      ...command(cut, ['flood:262144', 'read:1:4096:512']),
    ]);
    await becomes(() => childrenOf(child.pid ?? 0).length > 0 && child.stdout.readableLength > 0);
    truncateSync(cut, 1024);
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    t.equal(output.slice(0, 262_144), 'x'.repeat(262_144), 'a slow reader loses nothing');
    if (monitor.endsAtFailure) {
      t.match(
        [status, errors, output.slice(262_144)],
        [1, /^tender: Fatal error when reading: /, ''],
      );
    } else t.match([status, errors, output.slice(262_144)], [0, '', 'refused']);
  });

  t.test('a console that is closed', async (t) => {
    const args = command(newDisk(), ['flood:1048576', 'exit:0']);
    const child = spawn('env', ['-i', process.execPath, TENDER, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.once('data', () => child.stdout.destroy());
    t.equal(await new Promise((resolve) => child.on('close', resolve)), 141);
  });

  t.test('signals end a guest, whatever it does', async (t) => {
    for (const doing of ['spin', 'wait']) {
      for (const [signal, number] of [
        ['SIGINT', 2],
        ['SIGTERM', 15],
        ['SIGHUP', 1],
      ] as const) {
        const tender = startTender(command(newDisk(), ['say:!', doing]));
        await tender.firstOutput;
        const [guest = 0] = childrenOf(tender.pid);
        tender.kill(signal);
        const found = await tender.outcome;
        t.match(
          found,
          { status: 1, stderr: `tender: Exiting on signal ${number}\n` },
          `${doing}, ${signal}`,
        );
        t.ok(await becomes(() => !isAlive(guest)));
      }
    }
  });

  t.test('no guest is left of a tender that is killed, nor a tender of a guest', async (t) => {
    const killed = startTender(command(newDisk(), ['say:!', 'spin']));
    await killed.firstOutput;
    const guests = childrenOf(killed.pid);
    t.equal(guests.length, 1);
    killed.kill('SIGKILL');
    await killed.outcome;
    t.ok(await becomes(() => !guests.some(isAlive)));
    const left = startTender(command(newDisk(), ['say:!', 'spin']));
    await left.firstOutput;
    process.kill(childrenOf(left.pid)[0] as number, 'SIGKILL');
    t.match(await left.outcome, { status: 137, stderr: 'tender: guest ended by SIGKILL\n' });
  });

  t.test('processor time is bounded', async (t) => {
    t.match(await run(newDisk(), ['spin'], '--cpu=1'), {
      status: 152,
      stderr: 'tender: the guest used up its processor time (--cpu=1)\n',
    });
  });

  t.test('a program runs it too, several at once, and ends one', async (t) => {
    const disk = newDisk();
    const devices = () => ({ disk: openBlockDevice(disk), other: openBlockDevice(other) });
    const start = (actions: readonly string[], signal?: AbortSignal) => {
      const [guest = '', ...rest] = monitor.guest(actions);
      const given = signal === undefined ? {} : { signal };
      return runGuest({ guest, arguments: rest, devices: devices(), ...monitor.setting, ...given });
    };
    const ends = await Promise.all([1, 2, 3].map((status) => start([`exit:${status}`])));
    t.match(
      ends,
      [1, 2, 3].map((status) => ({ kind: 'exit', status })),
    );
    const controller = new AbortController();
    const waiting = start(['wait'], controller.signal);
    setImmediate(() => controller.abort());
    t.match(await waiting, { kind: 'signal', signal: 'SIGKILL' });
  });
}
