import { DEFAULT_LIMITS, openImage } from '#format';
import { fileSource } from '../files/file-source.ts';
import { loadIdx } from '../path-index/load-idx.ts';
import { NO_BASE, readEntryTable } from '../verify/entry-table.ts';

/** Deltas in the longest chain that the original's fast reader survives. */
const ORIGINAL_DEPTH = 59;

/**
 * What there is to say of the delta chains of a PACK that others made, in the image that the open file `fd`
 * holds.
 * @throws FormatError for chains that no reader, and no verification, would take
 */
export function warningOfChains(fd: number, path: string): string | undefined {
  const image = openImage(fileSource(fd, path), DEFAULT_LIMITS);
  const { bases } = readEntryTable(image, loadIdx(image).idx, DEFAULT_LIMITS.maxDeltaDepth);
  const longest = longestChain(bases);
  if (longest <= ORIGINAL_DEPTH) return undefined;
  return (
    `git's PACK has chains of ${longest} deltas; the original's fast reader takes ${ORIGINAL_DEPTH}: ` +
    'omit --keep-pack for images that it is to read'
  );
}

/** Of chains without a cycle. */
function longestChain(bases: Uint32Array): number {
  const depths = new Uint32Array(bases.length);
  let longest = 0;
  const chain: number[] = [];
  for (let start = 0; start < bases.length; start++) {
    let at = start;
    for (; bases[at] !== NO_BASE && depths[at] === 0; at = bases[at] as number) chain.push(at);
    let depth = depths[at] as number;
    while (chain.length > 0) {
      depth += 1;
      depths[chain.pop() as number] = depth;
    }
    longest = Math.max(longest, depth);
  }
  return longest;
}
