import { byteLength } from '../../base/buffers.ts';
import type { BlockDevice, Later } from '../block-device.ts';
import { forwardTo } from './forward.ts';

/** How much a cache may hold, and in what pieces. */
export interface CacheOptions {
  /** Most bytes of content that are held. */
  readonly bytes: number;
  /** Bytes of a line, the unit of what is fetched: a multiple of the sector size. 64 KiB if absent. */
  readonly lineBytes?: number;
}

const LINE_BYTES = 64 * 1024;

/** A line's content, or the promise of it while the device is asked. */
type Line = Uint8Array | Promise<Uint8Array>;

/** Copies what `piece`, which begins at `start`, holds of a transfer of `into` from `offset` on. */
function copyOverlap(
  piece: Uint8Array,
  start: number,
  offset: number,
  into: readonly Uint8Array[],
): void {
  let at = offset;
  for (const buffer of into) {
    const from = Math.max(start, at);
    const to = Math.min(start + piece.length, at + buffer.length);
    if (from < to) buffer.set(piece.subarray(from - start, to - start), from - at);
    at += buffer.length;
  }
}

/**
 * The same device behind a cache of recent reads, for devices that are slower than a copy. A
 * line is fetched once, however many ask for it meanwhile. Writes go to the device and drop the
 * lines that they touch; what fails is not kept.
 * @param device asked for whole lines inside it only
 */
export function cacheReads(device: BlockDevice, options: CacheOptions): BlockDevice {
  const { bytes, lineBytes = LINE_BYTES } = options;
  const { sectorSize, capacity } = device;
  if (lineBytes <= 0 || lineBytes % sectorSize !== 0) {
    throw new RangeError(
      `a line of ${lineBytes} bytes is not whole sectors of ${sectorSize} bytes`,
    );
  }
  const end = sectorSize * capacity;
  const most = Math.floor(bytes / lineBytes);
  /** In the order of their last use, the oldest first. */
  const lines = new Map<number, Line>();

  function keep(index: number, line: Line): void {
    lines.delete(index);
    lines.set(index, line);
    for (const oldest of lines.keys()) {
      if (lines.size <= most) break;
      lines.delete(oldest);
    }
  }
  /** Asks the device for a line. */
  function fetchLine(index: number): Line {
    const content = new Uint8Array(Math.min(lineBytes, end - index * lineBytes));
    const later = device.read(index * lineBytes, [content]);
    if (later === undefined) return content;
    const line: Promise<Uint8Array> = Promise.resolve(later).then(
      () => {
        // Unless a write came between, or the line was dropped to make room.
        if (lines.get(index) === line) lines.set(index, content);
        return content;
      },
      (error) => {
        if (lines.get(index) === line) lines.delete(index);
        throw error;
      },
    );
    return line;
  }
  function dropLines(offset: number, length: number): void {
    const last = Math.floor((offset + length - 1) / lineBytes);
    for (let index = Math.floor(offset / lineBytes); index <= last; index += 1) lines.delete(index);
  }

  const cached: BlockDevice = {
    ...forwardTo(device),
    read(offset, into) {
      const length = byteLength(into);
      const first = Math.floor(offset / lineBytes);
      const last = Math.floor((offset + length - 1) / lineBytes);
      // An entry that would evict all others is not worth keeping.
      if (last - first >= most) return device.read(offset, into);
      const waiting: Promise<void>[] = [];
      try {
        for (let index = first; index <= last; index += 1) {
          const line = lines.get(index) ?? fetchLine(index);
          keep(index, line);
          const copy = (content: Uint8Array) =>
            copyOverlap(content, index * lineBytes, offset, into);
          if (line instanceof Uint8Array) copy(line);
          else waiting.push(line.then(copy));
        }
      } catch (error) {
        // Lines that were asked for before still write to the caller's buffers.
        waiting.push(Promise.reject(error));
      }
      if (waiting.length === 0) return undefined;
      return settleAll(waiting);
    },
  };
  if (device.write !== undefined) {
    cached.write = (offset, from) => {
      const length = byteLength(from);
      const drop = () => dropLines(offset, length);
      // Before the write, so that no line in flight is kept; after it, because lines may have been fetched since.
      drop();
      let later: Later;
      try {
        later = device.write?.(offset, from);
      } finally {
        drop();
      }
      return later === undefined ? undefined : Promise.resolve(later).finally(drop);
    };
  }
  return cached;
}

/** Waits for all, failed or not: buffers are the caller's again when this settles. */
async function settleAll(waiting: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(waiting)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
