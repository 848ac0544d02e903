// Guests that check what they read, in every sandbox: by the host's SHA-1 and by their own.
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { MODE_FILE, OBJECT_BLOB, type Oid } from '#format';
import { HandmadeImage } from '../fixtures/handmade-image.ts';
import { runTender, scratchFolder, writeGuest } from '../fixtures/tender.ts';

const folder = scratchFolder((clean) => t.teardown(clean));
const simple = join(import.meta.dirname, '../../dist/guests/simple.js');

/** An image of one file, whose content is right or not. */
function writeImage(name: string, content: Uint8Array, forged?: Uint8Array): string {
  const image = new HandmadeImage();
  const header = `blob ${content.length}\0`;
  const oid: Oid = createHash('sha1').update(header).update(content).digest();
  image.addEntry(OBJECT_BLOB, forged ?? content, oid);
  const path = join(folder, name);
  writeFileSync(path, image.finish(image.addTree([{ mode: MODE_FILE, name: 'file', oid }])));
  return path;
}

/** Hashed in the guest's script, by one call, in pieces. */
const SIZES = [100, 100_000, 3_000_000];

for (const [sandbox, offered] of [
  ['strict', 'function'],
  ['portable', 'undefined'],
  ['none', 'function'],
] as const) {
  const run = (args: string[]) => runTender([`--sandbox=${sandbox}`, ...args]);

  t.test(`${sandbox}: whose SHA-1 it is`, async (t) => {
    const body = `
      const text = typeof solo5machine.sha1;
      solo5machine.consoleWrite(new TextEncoder().encode(text));`;
    const guest = writeGuest(folder, `offered-${sandbox}.js`, body);
    t.equal((await run([guest])).stdout.toString(), offered);
  });

  for (const size of SIZES) {
    t.test(`${sandbox}: a file of ${size} bytes, and one wrong byte in it`, async (t) => {
      const content = randomBytes(size);
      const forged = Buffer.from(content);
      forged[size >> 1] = (forged[size >> 1] as number) ^ 1;
      const disk = writeImage(`sound-${sandbox}-${size}.img`, content);
      const wrong = writeImage(`wrong-${sandbox}-${size}.img`, content, forged);
      const read = (image: string, ...check: string[]) =>
        run([`--block:docteur=${image}`, '--', simple, '--filename=file', ...check]);

      t.ok(content.equals((await read(disk, '--check')).stdout));
      t.ok(forged.equals((await read(wrong)).stdout), 'unchecked: the wrong byte');
      const { status, stdout, stderr } = await read(wrong, '--check');
      t.equal(status, 5);
      t.equal(stdout.length, 0);
      t.match(stderr, /bad image: the content does not match its id, [^\n]+\n$/);
    });
  }
}
