import {
  compareBytes,
  DEFAULT_LIMITS,
  FormatError,
  keyOf,
  memorySource,
  openImage,
  openPathIndex,
  PATH_INDEX_UNIT,
  type PathIndex,
  prefixBelow,
  ROOT_PREFIX,
} from '#format';
import { forgePathIndex, type IndexRow, resealBlock } from '../../fixtures/forged-path-index.ts';
import { sample } from '../../fixtures/forged-sample.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const image = sample();
const opened = openImage(memorySource(image), DEFAULT_LIMITS);
/** A level is a byte, and a look-up reads a block for each. */
const MAX_READS = 300;
/** Bytes of all names of a folder. */
const MAX_NAMES = 1 << 20;

/** Prefixes of folders within each other. */
const PREFIXES = [ROOT_PREFIX];
for (const name of ['a', 'b', 'c']) {
  PREFIXES.push(prefixBelow(PREFIXES.at(-1) as Uint8Array, Buffer.from(name)));
}

function randomKeys(random: Random): Uint8Array[] {
  const keys = Array.from({ length: random.below(400) }, (_, i) => {
    const name = random.oneIn(50) ? 'x'.repeat(random.below(9000)) : `file${i}`;
    return keyOf(random.pick(PREFIXES), Buffer.from(name || 'x'));
  });
  const unique = new Map(keys.map((key) => [Buffer.from(key).toString('latin1'), key]));
  return [...unique.values()].sort(compareBytes);
}

function encode(keys: Uint8Array[], random: Random): Buffer {
  const rows = keys.map((key): IndexRow => {
    const kind = random.below(5);
    const size = random.oneIn(20) ? Math.max(0, random.edgy()) : random.below(1000);
    const submodule = kind === 4 ? random.bytes(20) : undefined;
    return [key, { kind, packOffset: 12, rank: 0, size, submodule }];
  });
  return forgePathIndex(image, rows);
}

/** Changes some bytes of some blocks, heads and ends most of all, and makes their CRCs right. */
function damage(section: Buffer, random: Random): void {
  for (let left = random.below(4); left > 0; left--) {
    const at = random.below(section.length / PATH_INDEX_UNIT) * PATH_INDEX_UNIT;
    const units = Math.max(1, Math.min(5, section[at + 5] as number));
    const block = section.subarray(at, at + units * PATH_INDEX_UNIT);
    for (let changes = 1 + random.below(4); changes > 0; changes--) {
      const place = random.oneIn(2) ? 4 + random.below(24) : random.below(block.length);
      block[place] = random.oneIn(3)
        ? random.edgy()
        : (block[place] as number) ^ (1 << random.below(8));
    }
    if (!random.oneIn(10)) resealBlock(section, at);
  }
}

function checkList(index: PathIndex, prefix: Uint8Array): void {
  let rows = 0;
  const { bytes, length, count } = index.list(prefix, MAX_NAMES, (leaf, first, end) => {
    rows += end - first;
    for (let row = first; row < end; row++) {
      const { packOffset } = leaf.entryOf(row);
      insist(packOffset < opened.pack.size, `the offset ${packOffset}`);
    }
  });
  insist(rows === count, `${rows} entries with ${count} names`);
  const text = Buffer.from(bytes.subarray(1, length)).toString('latin1');
  const names = text.split('\0').slice(0, -1);
  insist(names.length === count, `${names.length} names where ${count} are said to be`);
  let last = '';
  for (const name of names) {
    insist(name > last, 'names that do not rise');
    insist(name !== '.' && name !== '..' && !name.includes('/'), `the name ${name}`);
    last = name;
  }
}

export const pathIndexTarget: FuzzTarget = {
  name: 'path-index',
  weight: 2,
  run(random) {
    const keys = randomKeys(random);
    const section = encode(keys, random);
    const sound = random.oneIn(8);
    if (!sound) damage(section, random);
    let reads = 0;
    const memory = memorySource(Buffer.concat([image, section]));
    const source = {
      size: memory.size,
      window(offset: number, want: number) {
        reads += 1;
        return memory.window(offset, want);
      },
    };
    const index = refused([FormatError], () => openPathIndex(openImage(source, DEFAULT_LIMITS)));
    if (index === undefined) return insist(!sound, 'a sound index is refused');
    for (const key of keys.slice(0, 20)) {
      reads = 0;
      const entry = refused([FormatError], () => index.find(key));
      insist(reads < MAX_READS, `${reads} reads for one look-up`);
      insist(!sound || entry !== undefined, 'a key is lost');
    }
    for (const prefix of PREFIXES) refused([FormatError], () => checkList(index, prefix));
  },
};
