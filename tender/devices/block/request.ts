import { BLOCK_HEADER_BYTES, decodeBlockHeader } from '#abi';
import { byteLength, copyOf, sliceBuffers } from '../../base/buffers.ts';
import type { Chain } from '../../virtio/device.ts';
import { VirtqueueError } from '../../virtio/device-queue.ts';

/** A virtio-blk request (virtio 1.2, section 5.2.6), taken from a chain. */
export interface BlockRequest {
  readonly type: number;
  /** In units of 512 bytes; Infinity where the field is beyond 2^53 − 1. */
  readonly sector: number;
  /** Data that the device reads (OUT), without the header. */
  readonly output: readonly Uint8Array[];
  /** Space that the device fills (IN, GET_ID), without the status byte. */
  readonly input: readonly Uint8Array[];
  /** One byte: how the request ended. */
  readonly status: Uint8Array;
}

/** Cuts the last byte off; the framing of a request is the guest's choice (section 2.7.4). */
function splitLast(buffers: readonly Uint8Array[]): [Uint8Array[], Uint8Array | undefined] {
  const last = buffers.at(-1);
  // The usual framing: a descriptor of its own.
  if (last?.length === 1) return [buffers.slice(0, -1), last];
  const length = byteLength(buffers);
  return [sliceBuffers(buffers, 0, length - 1), sliceBuffers(buffers, length - 1, length)[0]];
}

/** Cuts the header off. */
function splitHeader(buffers: readonly Uint8Array[]): [Uint8Array, Uint8Array[]] {
  const header = copyOf(buffers, BLOCK_HEADER_BYTES);
  if (buffers[0]?.length === BLOCK_HEADER_BYTES) return [header, buffers.slice(1)];
  return [header, sliceBuffers(buffers, BLOCK_HEADER_BYTES, Number.POSITIVE_INFINITY)];
}

/**
 * Takes a request apart; its header is copied before it is read.
 * @throws {VirtqueueError} where the chain has no room for a header or a status byte
 */
export function parseBlockRequest({ head, readable, writable }: Chain): BlockRequest {
  const [header, output] = splitHeader(readable);
  if (header.length < BLOCK_HEADER_BYTES) {
    throw new VirtqueueError(`chain ${head} has no room for a header`);
  }
  const [input, status] = splitLast(writable);
  if (status === undefined) throw new VirtqueueError(`chain ${head} has no room for a status`);
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  return { ...decodeBlockHeader(view), output, input, status };
}
