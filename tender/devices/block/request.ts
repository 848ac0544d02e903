import { BLOCK_HEADER_BYTES, decodeBlockHeader } from '#abi';
import { type Chain, type Segment, VirtqueueError } from '../../virtio/device-queue.ts';

/** A virtio-blk request (virtio 1.2, section 5.2.6), taken from a chain. */
export interface BlockRequest {
  readonly head: number;
  readonly type: number;
  /** In units of 512 bytes; Infinity where the field is beyond 2^53 − 1. */
  readonly sector: number;
  /** Data that the device reads (OUT), without the header. */
  readonly output: readonly Segment[];
  /** Space that the device fills (IN, GET_ID), without the status byte. */
  readonly input: readonly Segment[];
  /** Address of the status byte. */
  readonly statusAddress: number;
}

/** Bytes of all segments together. */
export function totalLength(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.length, 0);
}

/** Cuts segments at `at` bytes: the framing of a request is the guest's choice (section 2.7.4). */
function splitSegments(segments: readonly Segment[], at: number): [Segment[], Segment[]] {
  const before: Segment[] = [];
  const after: Segment[] = [];
  let left = at;
  for (const { address, length } of segments) {
    const taken = Math.min(left, length);
    if (taken > 0) before.push({ address, length: taken });
    if (taken < length) after.push({ address: address + taken, length: length - taken });
    left -= taken;
  }
  return [before, after];
}

/** Views of the segments in the shared memory, in order. */
export function viewSegments(memory: ArrayBuffer, segments: readonly Segment[]): Uint8Array[] {
  return segments.map(({ address, length }) => new Uint8Array(memory, address, length));
}

/**
 * Takes a request apart; its header is copied before it is read.
 * @throws {VirtqueueError} where the chain has no room for a header or a status byte
 */
export function parseBlockRequest(memory: ArrayBuffer, chain: Chain): BlockRequest {
  if (totalLength(chain.readable) < BLOCK_HEADER_BYTES) {
    throw new VirtqueueError(`chain ${chain.head} has no room for a header`);
  }
  const writable = totalLength(chain.writable);
  if (writable < 1) throw new VirtqueueError(`chain ${chain.head} has no room for a status`);
  const [headerParts, output] = splitSegments(chain.readable, BLOCK_HEADER_BYTES);
  const [input, statusParts] = splitSegments(chain.writable, writable - 1);
  const header = new Uint8Array(BLOCK_HEADER_BYTES);
  let filled = 0;
  for (const part of viewSegments(memory, headerParts)) {
    header.set(part, filled);
    filled += part.length;
  }
  const { type, sector } = decodeBlockHeader(new DataView(header.buffer));
  const statusAddress = statusParts[0]?.address ?? 0;
  return { head: chain.head, type, sector, output, input, statusAddress };
}
