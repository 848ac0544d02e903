import type { ByteSource } from '#format';
import { LineCache } from '../reader/cache/line-cache.ts';
import { type Hypercalls, Result } from './hypercalls.ts';

/** The device is missing, or failed; what the image holds plays no part in it. */
class BlockError extends Error {
  override readonly name = 'BlockError';
}

/** Bytes of a cache line: a read of this size costs little more than one of a sector. */
const LINE_BYTES = 64 * 1024;
/** A request costs as much as the bytes of some lines. */
const LINES_AT_ONCE = 4;
/** Shared memory that caches leave to other uses, in bytes. */
const SPARE_BYTES = 2 * 1024 * 1024;

/**
 * Opens a block device of the manifest as bytes. A cache in shared memory stands between: windows
 * are views of it, without a copy, and reads that follow one another are read ahead.
 * @throws {BlockError} where the manifest has no such device, or memory is short; later, from
 * `window`, where the device fails
 */
export function openBlock(calls: Hypercalls, name: string): ByteSource {
  const { allocateShared, blockAcquire, blockReadBatch, blockReadBegin } = calls;
  const acquired = blockAcquire(name);
  if (acquired.result !== Result.OK) throw new BlockError(`no block device '${name}'`);
  const { handle, info } = acquired;
  const { capacity, blockSize } = info;
  const share = (calls.sharedMemoryLeft() - SPARE_BYTES) / calls.blockDevices().length;
  const bytes = Math.max(1, Math.min(share, capacity));
  const memory = allocateShared(Math.ceil(bytes / LINE_BYTES) * LINE_BYTES);
  if (memory === undefined) throw new BlockError(`no memory for the cache of '${name}'`);
  return new LineCache(
    {
      size: capacity,
      blockSize,
      linesAtOnce: LINES_AT_ONCE,
      read(reads) {
        if (blockReadBatch(handle, reads) === Result.OK) return;
        throw new BlockError(`the device failed to read at byte ${reads[0]?.offset}`);
      },
      begin(reads) {
        const end = blockReadBegin(handle, reads);
        return end && (() => end() === Result.OK);
      },
    },
    memory,
    LINE_BYTES,
  );
}
