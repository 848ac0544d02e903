import type { Duplex } from 'node:stream';
import { sliceBuffers } from '../base/buffers.ts';
import type { Device, Written } from '../virtio/device.ts';
import {
  encodeFrameHeader,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  FrameKind,
  MAX_CHAIN_BYTES,
  MAX_CODE_BYTES,
  MAX_EVENT_BYTES,
} from './frame.ts';
import { FrameReader } from './frame-reader.ts';

/** While devices hold as much of a guest's, in bytes or in requests, nothing more is heard of it. */
const MAX_HELD_BYTES = 2 * MAX_CHAIN_BYTES;
const MAX_HELD = 256;
/** Longest alarm that a timer of this process takes, in ms; a guest that wants more asks again. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** What messages are served with. */
export interface MessageServerOptions {
  readonly channel: Duplex;
  readonly devices: readonly Device[];
  /** Called for every event; the monitor interprets it. An exception is a failure. */
  readonly onEvent: (payload: Uint8Array) => void;
  /**
   * Gets V8's compiled code of the guest's script, if that was asked for. The runtime sends it before the guest
   * begins, so only the first message of this kind is taken.
   */
  readonly onCode?: ((code: Uint8Array) => void) | undefined;
  /** A HostError, a VirtqueueError, or a message that no honest runtime sends. */
  readonly onFailure: (error: Error) => void;
}

/** What serves a guest through messages. */
export interface MessageServer {
  /** Answers nothing any more. */
  close(): void;
}

/** A frame in one buffer, with room for `length` bytes of payload after the header. */
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

/** The reply to a request, in the frame whose payload was the chain's writable space. */
function finishReply(frame: Uint8Array, id: number, { front, back }: Written): Uint8Array {
  const payload = frame.subarray(FRAME_HEADER_BYTES);
  payload.copyWithin(front, payload.length - back);
  const length = front + back;
  const header = { kind: FrameKind.REPLY, id, back, length };
  encodeFrameHeader(new DataView(frame.buffer), header);
  return frame.subarray(0, FRAME_HEADER_BYTES + length);
}

/**
 * Serves a runtime's messages, chains of its guest's queues among them. A guest that asks faster than
 * it takes the answers, or than its devices answer, waits: what is held here has a bound.
 */
export function serveMessages({
  channel,
  devices,
  onEvent,
  onCode,
  onFailure,
}: MessageServerOptions): MessageServer {
  let takeCode = onCode;
  const frames = new FrameReader((kind) => {
    if (kind === FrameKind.REQUEST) return MAX_CHAIN_BYTES;
    if (kind === FrameKind.EVENT) return MAX_EVENT_BYTES;
    return kind === FrameKind.CODE && takeCode !== undefined ? MAX_CODE_BYTES : 0;
  });
  let open = true;
  let heldBytes = 0;
  let held = 0;
  let alarm: NodeJS.Timeout | undefined;

  function fail(error: Error): void {
    if (open) onFailure(error);
    open = false;
    clearTimeout(alarm);
  }
  /** Whether there is nothing to wait for before the next message is heard. */
  function hasRoom(): boolean {
    return !channel.writableNeedDrain && held < MAX_HELD && heldBytes < MAX_HELD_BYTES;
  }

  function answer({ id, device: index, queue, wanted }: FrameHeader, payload: Uint8Array): void {
    const device = devices[index];
    if (device === undefined || queue >= device.queues) {
      throw new RangeError(`a request to queue ${queue} of device ${index}`);
    }
    if (wanted > MAX_CHAIN_BYTES) throw new RangeError(`a request of ${wanted} bytes`);
    const frame = allocateFrame({}, wanted);
    const written = device.serve(queue, {
      head: id,
      readable: [payload],
      writable: sliceBuffers([frame], FRAME_HEADER_BYTES, frame.length),
    });
    if (!(written instanceof Promise)) {
      channel.write(finishReply(frame, id, written));
      return;
    }
    const bytes = payload.length + frame.length;
    held += 1;
    heldBytes += bytes;
    const release = () => {
      held -= 1;
      heldBytes -= bytes;
    };
    written.then(
      (late) => {
        release();
        if (!open) return;
        channel.write(finishReply(frame, id, late));
        listen();
      },
      (error: Error) => {
        release();
        fail(error);
      },
    );
  }

  function setAlarm({ id, delay }: FrameHeader): void {
    clearTimeout(alarm);
    // NaN is no number to wait for: the answer comes at once.
    const wait = Math.min(Math.max(delay || 0, 0), MAX_DELAY_MS);
    alarm = setTimeout(() => channel.write(allocateFrame({ kind: FrameKind.ALARM, id }, 0)), wait);
  }

  function listen(): void {
    try {
      while (open) {
        if (!hasRoom()) {
          channel.pause();
          return;
        }
        const frame = frames.next();
        if (frame === undefined) break;
        const { header, payload } = frame;
        if (header.kind === FrameKind.REQUEST) answer(header, payload);
        else if (header.kind === FrameKind.EVENT) onEvent(payload);
        else if (header.kind === FrameKind.ALARM) setAlarm(header);
        else if (header.kind === FrameKind.CODE && takeCode !== undefined) {
          takeCode(payload);
          takeCode = undefined;
        } else throw new RangeError(`a message of kind ${header.kind}`);
      }
      if (open) channel.resume();
    } catch (error) {
      fail(error as Error);
    }
  }

  channel.on('data', (chunk: Uint8Array) => {
    frames.push(chunk);
    listen();
  });
  channel.on('drain', listen);
  // The guest went away in the middle of something; its end is reported by its exit.
  channel.on('error', () => {});
  return {
    close() {
      open = false;
      clearTimeout(alarm);
    },
  };
}
