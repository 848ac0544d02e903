import { createHash } from 'node:crypto';
import {
  concatBytes,
  DEFAULT_LIMITS,
  encodeIdx,
  Idx,
  type IdxEntries,
  memorySource,
  OID_LENGTH,
  PACK_TRAILER_SIZE,
  type PackOffset,
  partOfSource,
  SUPERBLOCK_SIZE,
} from '#format';
import { fileSource } from '../files/file-source.ts';
import { readEntryTable } from './entry-table.ts';
import { Sweep } from './sweep.ts';
import { createSweepState } from './sweep-state.ts';
import { sweepThreads } from './sweep-threads.ts';

/**
 * Begins to check the first entries of an image that is still being written into the open file `fd`: that each
 * has the content of its id. They may be forged. Helpers work meanwhile; `finish` does the rest, then close it.
 * @param entries those entries, all of them written
 * @param end where they end
 * @param jobs how many threads may work, this one included
 * @throws FormatError, ToolError IO
 */
export function startCheck(fd: number, entries: IdxEntries, end: PackOffset, jobs?: number): Sweep {
  // Nothing is said of the PACK as a whole, which goes on behind them.
  const idxBytes = concatBytes([
    ...encodeIdx(entries, new Uint8Array(OID_LENGTH), () => createHash('sha1')),
  ]);
  const source = fileSource(fd, 'the new image');
  const pack = partOfSource(source, SUPERBLOCK_SIZE, SUPERBLOCK_SIZE + end);
  const packSize = end + PACK_TRAILER_SIZE;
  const idx = new Idx(memorySource(idxBytes), packSize);
  const table = readEntryTable({ pack }, idx, DEFAULT_LIMITS.maxDeltaDepth);
  table.packOffsets[table.count] = end;
  const threads = sweepThreads(end, jobs);
  const state = createSweepState({
    path: `/dev/fd/${fd}`,
    limits: DEFAULT_LIMITS,
    commit: new Uint8Array(OID_LENGTH),
    packSize,
    idxBytes,
    table,
    threads,
  });
  return new Sweep(state, threads - 1);
}
