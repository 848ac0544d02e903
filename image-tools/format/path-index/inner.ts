import { FormatError } from '../base/errors.ts';
import { decodeU32BE, encodeU32BE } from '../bytes/bytes.ts';
import { type BlockHeader, sealBlock } from './block.ts';
import { FrontCodedKeys } from './front-coded-keys.ts';
import { FrontCoder } from './front-coder.ts';
import { BLOCK_HEADER_SIZE, MAX_BLOCK_UNITS } from './layout.ts';

/** Where an inner block says which unit its first child begins at; the others follow it. */
const FIRST_CHILD_AT = 12;

/** A block by its place in the section. */
export interface BlockPlace {
  /** Its first unit. */
  readonly unit: number;
  /** Number of its units. */
  readonly units: number;
}

/** A block as its parent knows it. */
export interface Child extends BlockPlace {
  /** All keys before it are below this one, its own are not; empty for the first of a level. */
  readonly separator: Uint8Array;
}

/** The child of the inner block `block` that holds `key` if any does. @throws FormatError BAD_INDEX */
export function findChild(
  block: Uint8Array,
  { count, keysLength }: BlockHeader,
  key: Uint8Array,
): BlockPlace {
  const separatorsEnd = BLOCK_HEADER_SIZE + keysLength;
  if (count === 0 || separatorsEnd + count > block.length) {
    throw new FormatError('BAD_INDEX', 'an inner block has an impossible size');
  }
  const { upTo } = new FrontCodedKeys(block, BLOCK_HEADER_SIZE, separatorsEnd).seek(key);
  if (upTo >= count) throw new FormatError('BAD_INDEX', 'more separators than children');
  let unit = decodeU32BE(block, FIRST_CHILD_AT);
  for (let i = 0; i < upTo; i++) unit += block[separatorsEnd + i] as number;
  const units = block[separatorsEnd + upTo] as number;
  if (units === 0 || units > MAX_BLOCK_UNITS) {
    throw new FormatError('BAD_INDEX', `a block of ${units} units`);
  }
  return { unit, units };
}

/** How many of the blocks `children` from `from` on fit into `room` bytes of one inner block. */
export function countFitting(children: readonly Child[], from: number, room: number): number {
  const coder = new FrontCoder(new Uint8Array(room));
  let at = from;
  for (let used = BLOCK_HEADER_SIZE; at < children.length; at++) {
    used += 1;
    if (at > from) {
      const { separator } = children[at] as Child;
      const shared = coder.sharedWithLast(separator);
      const size = coder.sizeOf(separator, shared);
      if (used + size > room) break;
      coder.add(separator, shared);
      used += size;
    }
  }
  return at - from;
}

/** Writes an inner block of `children` into `block`, all zeros but for what stands after it. */
export function encodeInner(block: Uint8Array, level: number, children: readonly Child[]): void {
  const coder = new FrontCoder(block.subarray(BLOCK_HEADER_SIZE));
  for (const { separator } of children.slice(1)) {
    coder.add(separator, coder.sharedWithLast(separator));
  }
  encodeU32BE(block, FIRST_CHILD_AT, children[0]?.unit ?? 0);
  children.forEach(({ units }, i) => {
    block[BLOCK_HEADER_SIZE + coder.length + i] = units;
  });
  sealBlock(block, { level, count: children.length, keysLength: coder.length });
}
