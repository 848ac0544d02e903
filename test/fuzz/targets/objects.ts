import {
  compareTreeEntries,
  decodeCommit,
  decodeTree,
  encodeCommit,
  encodeTree,
  equalBytes,
  FormatError,
  memorySource,
  readEntryHeader,
  type TreeEntry,
} from '#format';
import { commitText, entryHead, PEOPLE } from '../../fixtures/forge-bytes.ts';
import { mutate } from '../mutate.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const MODES = [0o40000, 0o100644, 0o100755, 0o120000, 0o160000];
const NAMES = ['a', 'b', 'a.b', 'a-b', 'a0', 'ab', '...', 'ä', 'A'.repeat(300)];

export const treeTarget: FuzzTarget = {
  name: 'tree',
  run(random) {
    const names = NAMES.filter(() => random.oneIn(2)).map((name) => Buffer.from(name));
    const entry = (name: Buffer) => ({ mode: random.pick(MODES), name, oid: random.bytes(20) });
    const bytes = mutate(encodeTree(names.map(entry)), random);
    const entries = refused([FormatError], () => decodeTree(bytes));
    for (const { name } of entries ?? []) {
      const text = Buffer.from(name).toString('latin1');
      insist(!['', '.', '..'].includes(text) && !/[/\0]/.test(text), `the name ${text}`);
    }
    // What git would not write is not written again: other orders, permissions, zeros before a mode.
    const again = decodeTree(encodeTree(entries ?? []));
    const sorted = (entries ?? []).toSorted(compareTreeEntries);
    insist(again.length === sorted.length, 'lost entries');
    for (const [i, { mode, name, oid }] of again.entries()) {
      const entry = sorted[i] as TreeEntry;
      const isSame = mode === entry.mode && equalBytes(name, entry.name);
      insist(isSame && equalBytes(oid, entry.oid), 'lost bytes');
    }
  },
};

export const commitTarget: FuzzTarget = {
  name: 'commit',
  run(random) {
    const parents = `parent ${random.bytes(20).toString('hex')}\n`.repeat(random.below(3));
    const rest = `${parents}${PEOPLE}gpgsig x\n y\n\nmessage\n`;
    const bytes = mutate(commitText(random.bytes(20), rest), random);
    const commit = refused([FormatError], () => decodeCommit(bytes));
    if (commit === undefined) return;
    const again = decodeCommit(encodeCommit(commit));
    insist(equalBytes(again.tree, commit.tree), 'another tree');
    insist(again.parents.length === commit.parents.length, 'other parents');
    insist(equalBytes(again.message, commit.message), 'another message');
    insist(Number.isSafeInteger(commit.committer.seconds), 'no time');
  },
};

export const entryTarget: FuzzTarget = {
  name: 'entry',
  run(random) {
    const head = entryHead(random.below(8), random.edgy());
    const before = random.bytes(12 + random.below(100));
    const bytes = mutate(Buffer.concat([head, random.bytes(random.below(40))]), random);
    const pack = memorySource(Buffer.concat([before, bytes]));
    const header = refused([FormatError], () => readEntryHeader(pack, before.length));
    if (header === undefined) return;
    insist(Number.isSafeInteger(header.size) && header.size >= 0, `the size ${header.size}`);
    insist(header.dataOffset > before.length && header.dataOffset <= pack.size, 'data outside');
    const { basePackOffset: base } = header;
    insist(base === undefined || (base >= 12 && base < before.length), `the base ${base}`);
  },
};
