import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { BAD_REQUESTS, BROKEN_RINGS, RING_PRELUDE } from '../fixtures/hostile-rings.ts';
import { runTender, scratchFolder, startTender, writeGuest } from '../fixtures/tender.ts';

const DISK = [{ name: 'disk', type: 'BLOCK_BASIC' }] as const;
const SANDBOXES = ['strict', 'portable'];
const folder = scratchFolder((clean) => t.teardown(clean));
const disk = join(folder, 'disk.img');
const content = Buffer.alloc(4096);
for (let at = 0; at < content.length; at += 1) content[at] = at % 251;
writeFileSync(disk, content);

function guestOf(name: string, body: string): string {
  const file = `${name.replaceAll(/\W+/g, '-')}.js`;
  return writeGuest(folder, file, `${RING_PRELUDE}\n${body}\nm.exit(99);`, DISK);
}

for (const sandbox of SANDBOXES) {
  for (const [name, body, message] of BROKEN_RINGS) {
    t.test(`${sandbox}: ${name} ends the guest`, async (t) => {
      const args = [
        `--sandbox=${sandbox}`,
        `--block:disk=${disk}`,
        '--',
        guestOf(name, body),
        '--solo5:error',
      ];
      const { status, stderr } = await runTender(args);
      t.equal(status, 255);
      t.match(stderr, message);
      t.match(stderr, /^tender: the guest broke its queue: [^\n]+\n$/);
    });
  }

  t.test(`${sandbox}: bad requests get a status, and touch nothing`, async (t) => {
    const cases = BAD_REQUESTS.map(([, expression]) => expression).join(',');
    const body = `
      const before = new Uint8Array(m.memory, DATA, 65536).fill(0xee);
      const statuses = [${cases}];
      const touched = before.some((byte) => byte !== 0xee);
      const fine = request(0, 7, 512);
      const text = JSON.stringify({ statuses, touched, fine, last: v.getUint8(DATA + 511) });
      m.consoleWrite(new TextEncoder().encode(text));
      m.exit(7);`;
    const args = [
      `--sandbox=${sandbox}`,
      `--block:disk=${disk}`,
      guestOf('bad requests', body),
      '--solo5:error',
    ];
    const { status, stdout, stderr } = await runTender(args);
    t.equal(stderr, '');
    t.equal(status, 7);
    const told = JSON.parse(stdout.toString());
    BAD_REQUESTS.forEach(([name, , expected], index) => {
      t.equal(told.statuses[index], expected, name);
    });
    t.notOk(told.touched, 'no byte was served');
    t.equal(told.fine, 0, 'the next request is answered');
    t.equal(told.last, content[4095]);
  });

  t.test(`${sandbox}: what the guest writes into the used ring is not believed`, async (t) => {
    const body = `
      for (let round = 0; round < 300; round += 1) {
        new Uint8Array(m.memory, q.used, 1030).fill(0xff);
        header(0, 1);
        v.setUint8(STATUS, 77);
        descriptor(0, HEADER, 16, NEXT, 1);
        descriptor(1, DATA, 512, NEXT | WRITE, 2);
        descriptor(2, STATUS, 1, WRITE, 0);
        offer(0);
        m.notify(0);
        while (v.getUint16(q.used + 2, true) === 0xffff) wait(0xffff);
        if (v.getUint16(q.used + 2, true) !== made) m.exit(20);
        if (v.getUint8(STATUS) !== 0 || v.getUint8(DATA) !== ${512 % 251}) m.exit(21);
      }
      m.exit(8);`;
    const args = [`--sandbox=${sandbox}`, `--block:disk=${disk}`, guestOf('used ring', body)];
    t.equal((await runTender(args)).status, 8);
  });

  t.test(`${sandbox}: buffers of odd sizes make one request`, async (t) => {
    const body = `
      header(0, 2);
      descriptor(0, HEADER, 7, NEXT, 1);
      descriptor(1, HEADER + 7, 9, NEXT, 2);
      descriptor(2, DATA, 100, NEXT | WRITE, 3);
      descriptor(3, DATA + 1000, 0, NEXT | WRITE, 4);
      descriptor(4, DATA + 2000, 413, WRITE, 0);
      v.setUint8(DATA + 2412, 77);
      offer(0);
      ring();
      if (v.getUint8(DATA + 2412) !== 0) m.exit(20);
      m.consoleWrite(new Uint8Array(m.memory, DATA, 100));
      m.consoleWrite(new Uint8Array(m.memory, DATA + 2000, 412));
      m.exit(9);`;
    const args = [`--sandbox=${sandbox}`, `--block:disk=${disk}`, guestOf('odd buffers', body)];
    const { status, stdout } = await runTender(args);
    t.equal(status, 9);
    t.ok(stdout.equals(content.subarray(1024, 1536)));
  });
}

t.test('a guest that races its own rings harms nobody else', async (t) => {
  const racing = guestOf(
    'racing',
    `for (;;) {
       new Uint8Array(m.memory, q.descriptors, 2048).fill(0);
       for (let index = 0; index < 100; index += 1) {
         header(0, index % 16);
         descriptor(0, HEADER, 16, NEXT, 1);
         descriptor(1, DATA, 512, NEXT | WRITE, 2);
         descriptor(2, STATUS, 1, WRITE, 0);
         offer(0);
         m.notify(0);
         descriptor(1, DATA, 512 * (index % 9), NEXT | WRITE, 2);
         header(index % 12, index % 16);
         wait((made - 1) & 0xffff);
       }
     }`,
  );
  const hostile = startTender([`--block:disk=${disk}`, '--', racing]);
  const honest = guestOf(
    'honest',
    `for (let round = 0; round < 2000; round += 1) {
       if (request(0, round % 8, 512) !== 0) m.exit(20);
       if (v.getUint8(DATA) !== (round % 8) * 512 % 251) m.exit(21);
     }
     m.exit(10);`,
  );
  const outcomes = await Promise.all(
    [1, 2].map(() => runTender([`--block:disk=${disk}`, '--', honest])),
  );
  t.same(
    outcomes.map(({ status }) => status),
    [10, 10],
  );
  hostile.kill('SIGTERM');
  t.match(await hostile.outcome, { status: 1, stderr: 'tender: Exiting on signal 15\n' });
});
