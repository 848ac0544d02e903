import type { ByteSource } from '#format';
import {
  allocateShared,
  type BlockRead,
  blockAcquire,
  blockReadBatch,
  Result,
  sharedMemoryLeft,
} from './solo5.ts';

/** The device is missing, or failed; what the image holds plays no part in it. */
export class BlockError extends Error {
  override readonly name = 'BlockError';
}

/** Bytes of a cache line: a read of this size costs little more than one of a sector. */
const LINE_BYTES = 64 * 1024;
/** Most lines that one miss reads, when reads follow one another. */
const MAX_READ_AHEAD = 16;
/** Most shared memory that one device's cache takes, in bytes. */
const MAX_CACHE_BYTES = 16 * 1024 * 1024;

/** A cache line: a place in shared memory and what it holds. */
interface Line {
  readonly bytes: Uint8Array;
  /** Number of the line in the device, −1 where it holds nothing. */
  number: number;
}

/** Least recently used lines of a device, in shared memory. A Map keeps the order of their use. */
class LineCache {
  readonly #handle: number;
  readonly #size: number;
  readonly #lines = new Map<number, Line>();
  readonly #unused: Line[] = [];
  /** The line behind the last one read: a miss there means reads that follow one another. */
  #expected = 0;
  #ahead = 1;

  constructor(handle: number, size: number, memory: Uint8Array) {
    this.#handle = handle;
    this.#size = size;
    for (let at = 0; at + LINE_BYTES <= memory.length; at += LINE_BYTES) {
      this.#unused.push({ bytes: memory.subarray(at, at + LINE_BYTES), number: -1 });
    }
  }

  /** The bytes of a line (fewer than {@link LINE_BYTES} at the device's end), a borrowed view. */
  line(number: number, wantedLines: number): Uint8Array {
    const hit = this.#lines.get(number);
    const line = hit ?? this.#miss(number, wantedLines);
    if (hit !== undefined) {
      this.#lines.delete(number);
      this.#lines.set(number, hit);
    }
    return line.bytes.subarray(0, this.#lengthOf(number));
  }

  #lengthOf(number: number): number {
    return Math.min(LINE_BYTES, this.#size - number * LINE_BYTES);
  }

  #miss(number: number, wantedLines: number): Line {
    this.#ahead = number === this.#expected ? Math.min(this.#ahead * 2, MAX_READ_AHEAD) : 1;
    const last = Math.ceil(this.#size / LINE_BYTES);
    const capacity = this.#lines.size + this.#unused.length;
    const count = Math.min(
      Math.max(this.#ahead, Math.min(wantedLines, MAX_READ_AHEAD)),
      last - number,
      // Half of the cache stays for what was read before.
      Math.max(1, capacity >> 1),
    );
    const taken: Line[] = [];
    for (let at = number; at < number + count && !this.#lines.has(at); at += 1) {
      const line = this.#evict();
      line.number = at;
      taken.push(line);
    }
    const reads: BlockRead[] = taken.map((line) => ({
      offset: line.number * LINE_BYTES,
      into: line.bytes.subarray(0, this.#lengthOf(line.number)),
    }));
    if (blockReadBatch(this.#handle, reads) !== Result.OK) {
      this.#unused.push(...taken);
      throw new BlockError(`the device failed to read at byte ${number * LINE_BYTES}`);
    }
    // The line that was asked for is the last one to be thrown out again.
    for (const line of [...taken].reverse()) this.#lines.set(line.number, line);
    this.#expected = number + taken.length;
    return taken[0] as Line;
  }

  #evict(): Line {
    const unused = this.#unused.pop();
    if (unused !== undefined) return unused;
    const oldest = this.#lines.values().next().value as Line;
    this.#lines.delete(oldest.number);
    return oldest;
  }
}

/**
 * Opens a block device of the manifest as bytes. A cache in shared memory stands between: windows
 * are views of it, without a copy, and reads that follow one another are read ahead.
 * @throws {BlockError} where the manifest has no such device, or memory is short; later, from
 * `window`, where the device fails
 */
export function openBlock(name: string): ByteSource {
  const acquired = blockAcquire(name);
  if (acquired.result !== Result.OK) throw new BlockError(`no block device '${name}'`);
  const { capacity } = acquired.info;
  const half = Math.floor(sharedMemoryLeft() / 2 / LINE_BYTES) * LINE_BYTES;
  const needed = Math.ceil(capacity / LINE_BYTES) * LINE_BYTES;
  const memory = allocateShared(Math.max(LINE_BYTES, Math.min(half, MAX_CACHE_BYTES, needed)));
  if (memory === undefined) throw new BlockError(`no memory for the cache of '${name}'`);
  const cache = new LineCache(acquired.handle, capacity, memory);
  return {
    size: capacity,
    window(offset, want) {
      if (offset >= capacity) return memory.subarray(0, 0);
      const number = Math.floor(offset / LINE_BYTES);
      const start = offset - number * LINE_BYTES;
      return cache.line(number, Math.ceil((start + want) / LINE_BYTES)).subarray(start);
    },
  };
}
