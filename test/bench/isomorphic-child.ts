// Reads the same files, warm, with this library and with isomorphic-git, in one process: IMAGE REPOSITORY;
// prints JSON. REPOSITORY is a bare one that holds the objects of the image.
import fs from 'node:fs';
import { readBlob } from 'isomorphic-git';
import { openFileDisk } from '../../guest/host/file-disk.ts';
import { mount } from '../../guest/reader/index.ts';
import { filesBelow, shuffled } from './guests/measure.ts';

/** So many that isomorphic-git takes seconds. */
const FILES = 200;
/** Each reader has its best round: the first ones are cold, in caches and in compiled code. */
const ROUNDS = 20;

const [image, gitdir] = process.argv.slice(2) as [string, string];
const files = mount(openFileDisk(image), { reader: 'lazy' });
const paths = shuffled(filesBelow(files)).slice(0, FILES);
const oids = paths.map((path) => Buffer.from(files.digest(path)).toString('hex'));

async function bestOf(read: () => Promise<number>): Promise<{ ms: number; bytes: number }> {
  let best = { ms: Number.POSITIVE_INFINITY, bytes: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const bytes = await read();
    const ms = performance.now() - start;
    if (ms < best.ms) best = { ms, bytes };
  }
  return best;
}

const ours = await bestOf(async () => {
  let bytes = 0;
  for (const path of paths) bytes += files.get(path).length;
  return bytes;
});
const cache = {};
const theirs = await bestOf(async () => {
  let bytes = 0;
  for (const oid of oids) bytes += (await readBlob({ fs, gitdir, oid, cache })).blob.length;
  return bytes;
});
if (ours.bytes !== theirs.bytes) throw new Error(`${ours.bytes} bytes, not ${theirs.bytes}`);
process.stdout.write(JSON.stringify({ ours: ours.ms, theirs: theirs.ms }));
