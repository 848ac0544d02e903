// Devices that wait, behind a guest that does not: through shared memory, and through messages.
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { HostError } from '../../tender/base/errors.ts';
import { type BlockDevice, RequestError } from '../../tender/block/block-device.ts';
import { cacheReads } from '../../tender/block/filters/cached.ts';
import { type Fault, makeFaulty } from '../../tender/block/filters/faulty.ts';
import { createMemoryDevice } from '../../tender/block/memory-device.ts';
import { type RunGuestOptions, runGuest } from '../../tender/index.ts';
import { buildGuest } from '../fixtures/tender.ts';
import { Random } from '../fuzz/random.ts';

const folder = t.testdir();
const guest = await buildGuest('copy', folder);
const content = Buffer.from(new Random(1).bytes(256 * 1024));
const memory = () => createMemoryDevice(content, 512);

let outputs = 0;
/** Copies a device to a file, `batch` reads of a sector behind each doorbell. */
async function copy(disk: BlockDevice, batch: number, options: Partial<RunGuestOptions>) {
  const output = join(folder, `out-${outputs++}`);
  const consoleFd = openSync(output, 'w');
  try {
    const args = ['--batch', String(batch), '--chunk', '4096'];
    const end = await runGuest({
      guest,
      arguments: args,
      devices: { disk },
      consoleFd,
      ...options,
    });
    return { end, output: readFileSync(output) };
  } finally {
    closeSync(consoleFd);
  }
}

for (const sandbox of ['strict', 'portable'] as const) {
  t.test(`${sandbox}: answers that come late, in another order`, async (t) => {
    for (const batch of [1, 32]) {
      const random = new Random(batch);
      let inFlight = 0;
      let most = 0;
      const device = makeFaulty(memory(), () => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        const after = delay(random.below(4)).then(() => {
          inFlight -= 1;
        });
        return random.oneIn(5) ? undefined : { after };
      });
      const { end, output } = await copy(device, batch, { sandbox });
      t.same(end, { kind: 'exit', status: 0 });
      t.ok(output.equals(content), `${batch} at a time`);
      t.ok(batch === 1 || most > 8, `${most} in flight`);
    }
  });

  t.test(`${sandbox}: a cache before such a device`, async (t) => {
    let calls = 0;
    const late = makeFaulty(memory(), () => {
      calls += 1;
      return { after: delay(1) };
    });
    const device = cacheReads(late, { bytes: 128 * 1024, lineBytes: 32 * 1024 });
    const { end, output } = await copy(device, 8, { sandbox });
    t.same(end, { kind: 'exit', status: 0 });
    t.ok(output.equals(content));
    t.equal(calls, content.length / (32 * 1024), 'each line is fetched once');
  });

  t.test(`${sandbox}: what fails late is the guest's, or the host's`, async (t) => {
    const failing = (error: Error) =>
      makeFaulty(
        memory(),
        ({ offset }): Fault => ({
          after: delay(1),
          error: offset === 40_960 ? error : undefined,
        }),
      );
    const refused = await copy(failing(new RequestError('bad sector')), 1, { sandbox });
    t.match(refused.end, { kind: 'exit', status: 12 }, 'a status that the guest sees');
    t.equal(refused.output.length, 40_960, 'what stood before was read');
    const lost = await copy(failing(new HostError('the disk is gone')), 4, { sandbox });
    t.match(lost.end, { kind: 'ended', fault: 'host', message: 'the disk is gone' });
  });

  t.test(`${sandbox}: a guest that is ended while its device is at work`, async (t) => {
    const controller = new AbortController();
    let settle = () => {};
    const device = makeFaulty(memory(), () => ({
      after: new Promise<void>((resolve) => {
        settle = resolve;
        setTimeout(() => controller.abort(), 20);
      }),
    }));
    const { end } = await copy(device, 4, { sandbox, signal: controller.signal });
    t.match(end, { kind: 'signal', signal: 'SIGKILL' });
    // The device writes into the guest's memory only now: it must still be there.
    settle();
    await delay(50);
  });
}
