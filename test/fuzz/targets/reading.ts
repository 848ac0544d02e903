import { createInflater, memorySource } from '#format';
import { LineCache } from '../../../guest/reader/cache/line-cache.ts';
import { mount, READERS } from '../../../guest/reader/index.ts';
import { Forge } from '../../fixtures/forge.ts';
import { commitText, copy, delta, insert, treeEntry } from '../../fixtures/forge-bytes.ts';
import { withPathIndex } from '../../fixtures/with-path-index.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist } from '../target.ts';

interface Image {
  readonly bytes: Buffer;
  readonly files: ReadonlyMap<string, Buffer>;
}

/** A sound image of files that are deltas of each other, in chains and fans of any form. */
function randomImage(random: Random): Image {
  const forge = new Forge();
  const blobs: { oid: Buffer; content: Buffer }[] = [];
  for (let left = 2 + random.below(30); left > 0; left--) {
    const base = random.oneIn(4) ? undefined : random.pick(blobs);
    const fresh = random.bytes(1 + random.below(100));
    if (base === undefined) {
      const content = Buffer.alloc(random.below(random.oneIn(4) ? 30_000 : 2000), fresh);
      if (blobs.some((blob) => blob.content.equals(content))) continue;
      blobs.push({ oid: forge.add('blob', content), content });
      continue;
    }
    const from = random.below(base.content.length);
    const length = base.content.length - from;
    const content = Buffer.concat([fresh, base.content.subarray(from)]);
    const copies = length > 0 ? [copy(from, length)] : [];
    const bytes = delta(base.content.length, content.length, insert(fresh), ...copies);
    if (blobs.some((blob) => blob.content.equals(content))) continue;
    const add = random.oneIn(2) ? forge.addOfs.bind(forge) : forge.addRef.bind(forge);
    blobs.push({ oid: add(base.oid, bytes, content), content });
  }
  const files = new Map<string, Buffer>();
  const folders = Array.from({ length: 1 + random.below(4) }, (_, folder) => {
    const entries = blobs.flatMap(({ oid, content }, i) => {
      if (random.oneIn(2)) return [];
      files.set(`d${folder}/f${100 + i}`, content);
      return [treeEntry('100644', `f${100 + i}`, oid)];
    });
    // A file of its own, so that no folder is the same object as another.
    const own = Buffer.from(`of folder ${folder}`);
    files.set(`d${folder}/g`, own);
    const tree = [...entries, treeEntry('100644', 'g', forge.add('blob', own))];
    return treeEntry('40000', `d${folder}`, forge.add('tree', Buffer.concat(tree)));
  });
  forge.add('commit', commitText(forge.add('tree', Buffer.concat(folders))));
  return { bytes: forge.build(), files };
}

/** The image behind a device of sectors and a cache of lines, as a guest has it. */
function throughLines(bytes: Buffer, random: Random): LineCache {
  // A device ends where its image ends, and so in whole sectors.
  const blockSize = random.pick([512, 1024, 4096].filter((size) => bytes.length % size === 0));
  const device = bytes;
  const lineBytes = blockSize * random.pick([1, 2, 8]);
  const memory = new Uint8Array(lineBytes * (1 + random.below(20)));
  return new LineCache(
    {
      size: device.length,
      blockSize,
      read(reads) {
        for (const { offset, into } of reads) {
          const fits = offset + into.length <= device.length;
          insist(fits && offset % blockSize === 0 && into.length % blockSize === 0, 'a bad read');
          into.set(device.subarray(offset, offset + into.length));
        }
      },
    },
    memory,
    lineBytes,
  );
}

const inflater = createInflater();

/** Caches of any size, calls in any order: what is read is what was written. */
export const readingTarget: FuzzTarget = {
  name: 'reading',
  weight: 4,
  run(random) {
    const { bytes: plain, files } = randomImage(random);
    const reader = random.pick(READERS);
    const bytes = reader === 'indexed' ? Buffer.from(withPathIndex(plain)) : plain;
    const source = random.oneIn(4) ? memorySource(bytes) : throughLines(bytes, random);
    const cacheBytes = random.below(random.oneIn(2) ? 3000 : 100_000);
    const fs = mount(source, { reader, cacheBytes, inflater });
    const paths = [...files.keys()];
    const held: { readonly got: Uint8Array; readonly wanted: Buffer }[] = [];
    for (let calls = 60; calls > 0; calls--) {
      const path = random.pick(paths);
      const content = files.get(path) as Buffer;
      const call = random.below(6);
      if (call === 0) insist(fs.size(path) === content.length, `the size of ${path}`);
      else if (call === 1) insist(fs.exists(path) === 'file', `${path} is gone`);
      else if (call === 2) {
        const folder = path.slice(0, 2);
        const names = paths.filter((other) => other.startsWith(folder)).length;
        insist(fs.list(folder).length === names, `the names in ${folder}`);
      } else if (call === 3) {
        const [offset, length] = [random.below(content.length + 9), random.below(5000)];
        const wanted = content.subarray(offset, offset + length);
        held.push({ got: fs.getPartial(path, offset, length), wanted });
      } else if (call === 4) {
        // Lent: to be looked at before the next call.
        insist(content.equals(fs.view(path)), `the view of ${path}`);
      } else held.push({ got: fs.get(path), wanted: content });
    }
    // At the end: what was given is the caller's, whatever was read since.
    for (const { got, wanted } of held) insist(wanted.equals(got), 'other bytes than were written');
  },
};
