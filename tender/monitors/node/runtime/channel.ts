import { Buffer } from 'node:buffer';
import { readSync, writeSync } from 'node:fs';
import {
  decodeFrameHeader,
  encodeFrameHeader,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  FrameKind,
} from '../../../transport/frame.ts';
import { CHANNEL_FD } from '../boot.ts';
import type { RuntimeEvent } from '../runtime-event.ts';

const headerBytes = new Uint8Array(FRAME_HEADER_BYTES);
const headerView = new DataView(headerBytes.buffer);

/** The tender has ended: nobody serves the guest, or would learn why it ends. */
export class ChannelClosed extends Error {
  override readonly name = 'ChannelClosed';
}

/** Bytes read from the channel but not asked for yet: a header is read with what follows it. */
const ahead = new Uint8Array(4096);
let aheadStart = 0;
let aheadEnd = 0;

function receiveSome(into: Uint8Array, at: number, length: number): number {
  const count = readSync(CHANNEL_FD, into, at, length, null);
  if (count === 0) throw new ChannelClosed();
  return count;
}

/** Fills a buffer from the channel; blocks. @throws {ChannelClosed} */
export function receiveInto(buffer: Uint8Array): void {
  const { length } = buffer;
  for (let filled = 0; filled < length; ) {
    if (aheadStart < aheadEnd) {
      const end = Math.min(aheadEnd, aheadStart + length - filled);
      buffer.set(ahead.subarray(aheadStart, end), filled);
      filled += end - aheadStart;
      aheadStart = end;
    } else if (length - filled >= ahead.length) {
      filled += receiveSome(buffer, filled, length - filled);
    } else {
      aheadStart = 0;
      aheadEnd = receiveSome(ahead, 0, ahead.length);
    }
  }
}

/** Receives a frame of one kind, whole; its payload is the caller's. */
export function receivePayload(kind: number): Buffer {
  const header = receiveHeader();
  if (header.kind !== kind) throw new Error(`a frame of kind ${header.kind} instead of ${kind}`);
  const payload = Buffer.allocUnsafe(header.length);
  receiveInto(payload);
  return payload;
}

/** Receives a frame of one kind that holds JSON. */
export function receiveJson<T>(kind: number): T {
  return JSON.parse(receivePayload(kind).toString()) as T;
}

/** Receives a header; the bytes it announces are still to be received. */
export function receiveHeader(): FrameHeader {
  receiveInto(headerBytes);
  return decodeFrameHeader(headerView);
}

function sendAll(bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length; ) {
    sent += writeSync(CHANNEL_FD, bytes, sent, bytes.length - sent, null);
  }
}

/** A frame that fits is sent in one piece: a part would wake the tender for nothing. */
const whole = new Uint8Array(1024);

/** Sends a frame whose payload is scattered over `parts`, `length` bytes together. */
export function sendFrame(
  header: Partial<FrameHeader>,
  parts: readonly Uint8Array[],
  length: number,
): void {
  encodeFrameHeader(headerView, { ...header, length });
  if (FRAME_HEADER_BYTES + length > whole.length) {
    sendAll(headerBytes);
    for (const part of parts) sendAll(part);
    return;
  }
  whole.set(headerBytes);
  let end = FRAME_HEADER_BYTES;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  sendAll(whole.subarray(0, end));
}

const encoder = new TextEncoder();

/** Tells the tender of an event. */
export function sendEvent(event: RuntimeEvent): void {
  const bytes = encoder.encode(JSON.stringify(event));
  sendFrame({ kind: FrameKind.EVENT }, [bytes], bytes.length);
}
