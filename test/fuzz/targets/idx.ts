import { createHash } from 'node:crypto';
import { encodeIdx, FormatError, Idx, IdxEntries, memorySource } from '#format';
import { mutate } from '../mutate.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

/** Fan-out twice, guesses and halvings of a table of 2^32, an offset: with room to spare. */
const MAX_READS = 100;

export const idxTarget: FuzzTarget = {
  name: 'idx',
  run(random) {
    const entries = new IdxEntries();
    const oids = Array.from({ length: random.below(60) }, () => {
      const oid = random.bytes(20);
      if (random.oneIn(2)) oid.fill(0x42, 0, random.below(20));
      return oid;
    });
    for (const oid of oids) entries.add(oid, 0, random.edgy());
    const hash = () => createHash('sha1');
    const sound = Buffer.concat([...encodeIdx(entries, random.bytes(20), hash)]);
    const memory = memorySource(mutate(sound, random));
    let reads = 0;
    const source = {
      size: memory.size,
      window(offset: number, want: number) {
        reads += 1;
        return memory.window(offset, want);
      },
    };
    const packSpan = random.edgy();
    const idx = refused([FormatError], () => new Idx(source, packSpan));
    if (idx === undefined) return;
    for (const oid of [...oids, random.bytes(20)]) {
      reads = 0;
      const entry = refused([FormatError], () => idx.find(oid));
      insist(reads < MAX_READS, `${reads} reads for one look-up`);
      if (entry === undefined) continue;
      insist(Buffer.compare(idx.oidOf(entry), oid) === 0, 'another id');
      const offset = refused([FormatError], () => idx.packOffsetOf(entry)) ?? 12;
      insist(offset >= 12 && offset < Math.max(13, packSpan), `the offset ${offset}`);
    }
  },
};
