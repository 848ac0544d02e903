import type { Duplex } from 'node:stream';
import { BlockStatus, MAX_TRANSFER } from '#abi';
import type { NamedDevice } from '../block/block-device.ts';
import { executeBlockOperation } from '../devices/block/executor.ts';
import { encodeFrameHeader, FRAME_HEADER_BYTES, type FrameHeader, FrameKind } from './frame.ts';
import { FrameReader } from './frame-reader.ts';

/** What messages are served with. */
export interface MessageServerOptions {
  readonly channel: Duplex;
  readonly devices: readonly NamedDevice[];
  /** Told of every event, which is the monitor's to understand; what it throws is a failure. */
  readonly onEvent: (payload: Uint8Array) => void;
  /** A HostError, or a message that no honest runtime sends. */
  readonly onFailure: (error: Error) => void;
}

/** A frame in one buffer, with room for `length` bytes of payload behind the header. */
function allocateFrame(header: Partial<FrameHeader>, length: number): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + length);
  encodeFrameHeader(new DataView(frame.buffer), { ...header, length });
  return frame;
}

/** Sends `payload` as one frame of the given kind. */
export function sendMessage(channel: Duplex, kind: number, payload: Uint8Array): void {
  const frame = allocateFrame({ kind }, payload.length);
  frame.set(payload, FRAME_HEADER_BYTES);
  channel.write(frame);
}

function answer(
  devices: readonly NamedDevice[],
  { id, device: index, code, wanted, sector }: FrameHeader,
  payload: Uint8Array,
): Uint8Array {
  const device = devices[index];
  const refused = { kind: FrameKind.REPLY, id, code: BlockStatus.IOERR };
  if (device === undefined || wanted > MAX_TRANSFER) return allocateFrame(refused, 0);
  const frame = allocateFrame(refused, wanted);
  const { status, written } = executeBlockOperation(device, {
    type: code,
    sector,
    output: payload.length === 0 ? [] : [payload],
    input: wanted === 0 ? [] : [frame.subarray(FRAME_HEADER_BYTES)],
  });
  encodeFrameHeader(new DataView(frame.buffer), {
    kind: FrameKind.REPLY,
    id,
    code: status,
    length: written,
  });
  return frame.subarray(0, FRAME_HEADER_BYTES + written);
}

/**
 * Serves a runtime's messages, block requests among them. A guest that asks faster than it takes
 * the answers waits: at most one answer is held back here, whatever it does.
 */
export function serveMessages({
  channel,
  devices,
  onEvent,
  onFailure,
}: MessageServerOptions): void {
  const frames = new FrameReader(MAX_TRANSFER);
  let failed = false;

  function handle(): void {
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
      const { header, payload } = frame;
      if (header.kind === FrameKind.REQUEST) {
        if (channel.write(answer(devices, header, payload))) continue;
        channel.pause();
        return;
      }
      if (header.kind !== FrameKind.EVENT) throw new RangeError(`a message of kind ${header.kind}`);
      onEvent(payload);
    }
  }

  function handleSafely(): void {
    if (failed) return;
    try {
      handle();
    } catch (error) {
      failed = true;
      onFailure(error as Error);
    }
  }

  channel.on('data', (chunk: Uint8Array) => {
    frames.push(chunk);
    handleSafely();
  });
  channel.on('drain', () => {
    channel.resume();
    handleSafely();
  });
  // The guest went away in the middle of something; its end is reported by its exit.
  channel.on('error', () => {});
}
